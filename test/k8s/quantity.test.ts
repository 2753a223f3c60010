import { expect, test } from 'vitest';
import { parseMilliQuantity } from '../../src/k8s/quantity.ts';

/** Form and rounding: kubernetes/apimachinery:pkg/api/resource/quantity.go (MilliValue rounds up). */
test.each([
  ['100m', 100],
  ['1', 1000],
  ['0.5', 500],
  ['.5', 500],
  ['2.', 2000],
  ['3.92', 3920],
  ['+4', 4000],
  ['1e3', 1_000_000],
  ['1E-1', 100],
  ['1k', 1_000_000],
  ['1Ki', 1_024_000],
  ['1.5Gi', 1_610_612_736_000],
  ['100u', 1],
  ['1n', 1],
  ['0', 0],
  ['1E', 1e21],
])('%s is %d thousandths', (text, expected) => {
  expect(parseMilliQuantity(text)).toBe(expected);
});

test.each(['', 'm', '1 m', '1mm', 'one', '1K', '0x10', '1ki', '--1', 'Infinity', '1e'])(
  '%j is no quantity',
  (text) => {
    expect(parseMilliQuantity(text)).toBeUndefined();
  },
);
