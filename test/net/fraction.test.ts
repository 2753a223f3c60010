import { expect, test } from 'vitest';
import { addFractions, multiplyFractions, ONE, printFraction } from '../../src/net/fraction.ts';

const share = (numerator: number, denominator: number) => ({ numerator, denominator });

test('shares are reduced', () => {
  expect(printFraction(multiplyFractions(share(2, 3), share(3, 4)))).toBe('1/2');
  expect(printFraction(addFractions(share(1, 6), share(1, 3)))).toBe('1/2');
});

test('three thirds are the whole', () => {
  const third = share(1, 3);
  expect(addFractions(addFractions(third, third), third)).toEqual(ONE);
});

test("kube-proxy's chain of probabilities gives every endpoint the same share", () => {
  // 1/3 of all, then 1/2 of the rest, then the rest: kubernetes/kubernetes:pkg/proxy/iptables computeProbability.
  let rest = ONE;
  const shares = [3, 2, 1].map((left) => {
    const own = multiplyFractions(rest, share(1, left));
    rest = multiplyFractions(rest, share(left - 1, left));
    return printFraction(own);
  });
  expect(shares).toEqual(['1/3', '1/3', '1/3']);
  expect(rest.numerator).toBe(0);
});
