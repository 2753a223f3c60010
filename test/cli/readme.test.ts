/** The README shows what the program prints. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const blocks = readFileSync('README.md', 'utf8')
  .split('```\n')
  .map((block) => block.trimEnd());
const shown = blocks.flatMap((block, index) => {
  const command = /npx k8snet (trace .*)$/.exec(block)?.[1];
  return command === undefined ? [] : [{ command, output: blocks[index + 2] }];
});

test('the README shows two traces', () => {
  expect(shown).toHaveLength(2);
});

test.each(shown)('$command', ({ command, output }) => {
  const { stdout } = spawnSync(process.execPath, ['bin/k8snet.js', ...command.split(' ')], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  expect(stdout.trimEnd()).toBe(output);
});
