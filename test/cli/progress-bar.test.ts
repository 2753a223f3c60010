/** A bar only on a terminal, and only for work that takes more than a second. */

import { describe, expect, test } from 'vitest';
import { progressBar } from '../../src/cli/progress-bar.ts';

function run(isTty: boolean, times: readonly number[]): string {
  const texts: string[] = [];
  let at = 0;
  const io = { stderr: { isTty, columns: 80 }, err: (text: string) => void texts.push(text) };
  const bar = progressBar(io, () => times[at++] ?? 0);
  bar.show(1, 4);
  bar.show(2, 4);
  bar.clear();
  return texts.join('');
}

describe('the bar', () => {
  test('comes after a second', () => expect(run(true, [0, 500, 900, 900])).toBe(''));
  test('shows the part that is done, and goes away', () => {
    const text = run(true, [0, 500, 1200, 1200]);
    expect(text).toContain('50 %');
    expect(text.endsWith('\r')).toBe(true);
  });
  test('needs a terminal', () => expect(run(false, [0, 1500, 3000, 3000])).toBe(''));
});
