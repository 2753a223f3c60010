/**
 * `npm run bench [-- --only CASE]`: what k8snet costs, beside a Node process that does nothing, `yaml` alone and
 * JSON.parse on the same data. Machines differ and are noisy: the ratio is the figure, and a difference below the
 * noise means nothing. Each case runs in a process of its own.
 */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { CASES, LONG_CASES } from './cases.ts';
import { duration } from './goals.ts';
import { bareNode } from './measure.ts';
import { print } from './report.ts';

function main(argv: readonly string[]): void {
  if (!existsSync('dist/k8snet.cjs')) throw new Error('dist/ is missing: npm run build');
  const [flag, name] = argv;
  const run = flag === '--only' && name !== undefined ? CASES[name] : runAll;
  if (run === undefined) throw new Error(`usage: npm run bench [-- --only ${Object.keys(CASES).join('|')}]`);
  if (run !== runAll) print(`node -e 0 takes ${duration(bareNode().median)} here`);
  run();
}

function runAll(): void {
  print(`Node ${process.version}; medians, x: beside the first line of each block, ±: noise`);
  for (const name of Object.keys(CASES).filter((each) => !LONG_CASES.has(each))) {
    const { status } = spawnSync(process.execPath, [process.argv[1] ?? '', '--only', name], {
      stdio: 'inherit',
    });
    if (status !== 0) throw new Error(`${name} failed`);
  }
}

main(process.argv.slice(2));
