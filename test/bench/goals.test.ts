import { expect, test } from 'vitest';
import { atMost, bytesAtMost, type Goal, judge, megabytesASecond, timesAtMost } from '../../bench/goals.ts';

test.each<[Goal, figure: number, bare: number, string]>([
  [atMost(5), 5.3, 117, 'goal 5 ms: met (5.3 ms here, node -e 0 takes 117 ms)'],
  [atMost(5), 5.3, 100, 'goal 5 ms: MISSED (5.3 ms here, node -e 0 takes 100 ms)'],
  [atMost(2000), 2100, 100, 'goal 2 s: MISSED (2.1 s here, node -e 0 takes 100 ms)'],
  [atMost(0.1), 0.0451, 100, 'goal 0.1 ms: met (0.045 ms here, node -e 0 takes 100 ms)'],
  [megabytesASecond(20), 17_300, 120, 'goal 20.0 MB/s: met (17.3 MB/s here, node -e 0 takes 120 ms)'],
  [megabytesASecond(20), 16_000, 120, 'goal 20.0 MB/s: MISSED (16.0 MB/s here, node -e 0 takes 120 ms)'],
])('goals of time are stretched by what a bare process takes: %#', (goal, figure, bare, words) => {
  expect(judge(goal, figure, bare)).toBe(words);
});

test('ratios and memory are compared as they are', () => {
  expect(judge(timesAtMost(1.15), 1.2, 200)).toBe('goal 1.15 x the first line: MISSED (1.20 x here)');
  expect(judge(timesAtMost(2.5, 'the load'), 2.5, 50)).toBe('goal 2.5 x the load: met (2.50 x here)');
  expect(judge(bytesAtMost(1e9), 1.1e9, 200)).toBe('goal 1000 MB: MISSED (1100 MB here)');
});
