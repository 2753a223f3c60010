/** A run of the command line: arguments in, exit code out. Nothing it can meet is thrown. */

import { UsageError } from '../query/usage-error.ts';
import type { CommandEntry } from './command.ts';
import { COMMANDS } from './commands.ts';
import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import { readArguments } from './program.ts';
import { widthOf } from './view.ts';

declare const __K8SNET_VERSION__: string;

/** Runs one command. */
export async function run(io: Io, commands: readonly CommandEntry[] = COMMANDS): Promise<ExitCode> {
  let stage = 'reading the arguments';
  const enter = (next: string) => {
    stage = next;
  };
  try {
    const output = { width: widthOf(io.stdout), version: __K8SNET_VERSION__, out: io.out, err: io.err };
    const invocation = await readArguments(io.argv, output, commands);
    if (invocation.kind === 'done') return invocation.exitCode;
    return await invocation.command.run(io, invocation.parsed, { enter, commands });
  } catch (error) {
    io.err(error instanceof UsageError ? usageErrorText(error) : bugText(error, stage, io.env));
    return 2;
  }
}

/** `error: …`, with what would have fitted. */
function usageErrorText({ message, candidates }: UsageError): string {
  const lines = [`error: ${message}`];
  if (candidates.length === 1) lines.push(`  candidate: ${candidates[0]}`);
  if (candidates.length > 1) lines.push('  candidates:', ...candidates.map((one) => `    ${one}`));
  return `${lines.join('\n')}\n`;
}

/** An exception that nobody expected; the stack is for those who ask for it. */
function bugText(error: unknown, stage: string, env: Io['env']): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const isDebug = env['K8SNET_DEBUG'] !== undefined && env['K8SNET_DEBUG'] !== '';
  return [
    `error: this is a bug in k8snet, not in your manifests`,
    `  while ${stage}: ${message}`,
    '  please report it with the command line and, if you can, the manifests',
    ...(isDebug ? [stack ?? ''] : ['  K8SNET_DEBUG=1 shows where it happened']),
    '',
  ].join('\n');
}
