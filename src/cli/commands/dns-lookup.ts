/** `k8snet dns lookup`: what a program in a pod asks for a name, and what it gets. */

import { DNS_LOOKUP_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import {
  formatOption,
  INPUT_OPTIONS,
  type InputOptions,
  type OutputOptions,
  TEXT_OPTIONS,
} from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

const HELP = `
NAME:
  as a program writes it: api, api.shop, api.shop.svc.cluster.local,
  www.example.com.
  With a final dot it is asked as it is, without a search list.

Exit codes:
  0  there is a record
  1  there is none
  2  no answer: wrong usage, unreadable input, an unknown pod

Examples:
  k8snet dns lookup api -n shop -f k8s/
  k8snet dns lookup api.shop --from deploy/frontend --as musl
  k8snet dns lookup _http._tcp.api.shop.svc.cluster.local. --as dig --type SRV
  k8snet dns lookup 10.96.0.10 --type PTR
  k8snet dns lookup www.example.com \\
      --set 'dns.upstream.www.example.com.=[{type: A, data: 203.0.113.5}]'`;

interface LookupOptions extends InputOptions, OutputOptions {
  readonly from?: string;
  readonly type?: string;
  readonly as: string;
}

export const dnsLookupCommand: Command = {
  description:
    'Looks a name up as a program in a pod does: each question, each answer, and where it comes from.',
  arguments: [{ name: '<name>', text: 'as the program writes it' }],
  options: [
    ...INPUT_OPTIONS,
    {
      flags: '--from <ref>',
      text: 'who asks: a pod, a workload or node/NAME (default: any pod of -n)',
      group: 'Question',
    },
    {
      flags: '--type <type>',
      text: 'a record type instead of addresses: SRV, PTR, CNAME, TXT, NS, SOA, …',
      group: 'Question',
    },
    {
      flags: '--as <resolver>',
      text: 'the library or tool that asks',
      group: 'Question',
      choices: [
        'glibc',
        'musl',
        'musl-1.2.3',
        'go',
        'dig',
        'dig+search',
        'host',
        'nslookup',
        'busybox',
        'node',
        'node-resolve',
      ],
    },
    formatOption(DNS_LOOKUP_FORMATS),
    {
      flags: '-q, --quiet',
      text: 'print nothing',
      group: 'Answer',
      conflicts: ['brief', 'verbose', 'output'],
    },
    { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
    { flags: '-v, --verbose', text: 'every section of every answer', group: 'Answer', counted: true },
    ...TEXT_OPTIONS,
  ],
  help: HELP,
  async run(io, { values: [name = ''], options: parsed }, progress) {
    const options = parsed as LookupOptions;
    const asked = await askAbout(io, options, progress, async (snapshot) => {
      const { dnsLookupQuestion } = await import('../../query/dns-lookup.ts');
      progress.enter('looking up');
      const { from, type, as } = options;
      return dnsLookupQuestion(snapshot, {
        name,
        resolver: as,
        ...(from === undefined ? {} : { from }),
        ...(type === undefined ? {} : { type }),
      });
    });
    if (asked === undefined) return 2;
    progress.enter('printing');
    if (options.quiet !== true) {
      await printAnswer(io, asked.answer, { formats: DNS_LOOKUP_FORMATS, options, input: asked.input });
    }
    return asked.answer.result.status === 'resolved' ? 0 : 1;
  },
};
