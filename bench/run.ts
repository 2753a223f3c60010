/**
 * `npm run bench [-- ROUNDS]`: what the command line costs as a whole process, against a Node process that does
 * nothing. Machines differ and are noisy: the commands take turns, and the ratio of the medians is the figure.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Command {
  readonly name: string;
  readonly argv: readonly string[];
}

const BIN = 'bin/k8snet.js';
const BARE: Command = { name: 'node -e 0', argv: ['-e', '0'] };
const COMMANDS: readonly Command[] = [
  { name: 'k8snet --version', argv: [BIN, '--version'] },
  { name: 'k8snet --help', argv: [BIN, '--help'] },
  {
    name: 'k8snet trace, 8 objects',
    argv: [BIN, 'trace', '-f', 'fixtures/trace/walk-s4/manifests', 'a1', 'svc/api'],
  },
];

function main(rounds: number): void {
  if (!existsSync('dist/k8snet.cjs')) throw new Error('dist/ is missing: npm run build');
  const commands = [BARE, ...COMMANDS];
  const times = new Map(commands.map((command) => [command, [] as number[]]));
  for (const command of commands) run(command);
  for (let round = 0; round < rounds; round++) {
    for (const command of commands) times.get(command)?.push(run(command));
  }
  const bare = median(times.get(BARE) ?? []);
  process.stdout.write(`medians of ${rounds} rounds, Node ${process.version}\n`);
  for (const [{ name }, values] of times) {
    const time = median(values);
    process.stdout.write(
      `${name.padEnd(44)} ${time.toFixed(0).padStart(5)} ms  ${(time / bare).toFixed(2)} x\n`,
    );
  }
}

/** Milliseconds from start to exit. A command that cannot answer is not measured. */
function run({ name, argv }: Command): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
  const time = performance.now() - start;
  if (status === null || status > 1) throw new Error(`${name}: exit ${status}: ${stderr}`);
  return time;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

const rounds = Number(process.argv[2] ?? 15);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error('usage: npm run bench [-- ROUNDS]');
main(rounds);
