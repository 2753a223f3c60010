/** The commands. A new one is one file in commands/ and one line here; it is loaded when it is asked for. */

import type { CommandEntry, CommandGroup } from './command.ts';

export const COMMAND_GROUPS: readonly CommandGroup[] = [
  { name: 'dns', summary: 'names: what a pod asks, and what the cluster DNS answers' },
];

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'trace',
    summary: 'the path of a packet, hop by hop, both ways',
    load: async () => (await import('./commands/trace.ts')).traceCommand,
  },
  {
    name: 'dns lookup',
    summary: 'what a program in a pod asks for a name, and what it gets',
    load: async () => (await import('./commands/dns-lookup.ts')).dnsLookupCommand,
  },
  {
    name: 'dns records',
    summary: 'the zone that the cluster DNS serves, as lines of a zone file',
    load: async () => (await import('./commands/dns-records.ts')).dnsRecordsCommand,
  },
  {
    name: 'dns config',
    summary: 'resolv.conf, /etc/hosts and the host name of a pod',
    load: async () => (await import('./commands/dns-config.ts')).dnsConfigCommand,
  },
  {
    name: 'env',
    summary: 'the variables that a container starts with, and their sources',
    load: async () => (await import('./commands/env.ts')).envCommand,
  },
  {
    name: 'explain',
    summary: 'what was understood, or what a word of an answer means',
    load: async () => (await import('./commands/explain.ts')).explainCommand,
  },
  {
    name: 'matrix',
    summary: 'who may connect to whom, on which ports',
    load: async () => (await import('./commands/matrix.ts')).matrixCommand,
  },
  {
    name: 'diff',
    summary: 'what changes between two folders or git revisions, in meaning',
    load: async () => (await import('./commands/diff.ts')).diffCommand,
  },
  {
    name: 'test',
    summary: 'do packets, names, URLs and policies do what a file asserts',
    load: async () => (await import('./commands/test.ts')).testCommand,
  },
  {
    name: 'rules',
    summary: 'the rules that the service proxy of a node would program',
    load: async () => (await import('./commands/rules.ts')).rulesCommand,
  },
  {
    name: 'check',
    summary: 'what is wrong with the manifests: line, reason, fix',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    name: 'completion',
    summary: 'a script that completes words in bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
  {
    name: 'complete',
    summary: 'the words that fit, for those scripts',
    hidden: true,
    load: async () => (await import('./commands/complete.ts')).completeCommand,
  },
];
