import { expect, test } from 'vitest';
import { compareNumbers, compareText, sortedByKey } from '../../src/collections/order.ts';

test('texts are compared by code unit, not by a locale', () => {
  expect(['b', 'Z', 'a', 'ä'].sort(compareText)).toEqual(['Z', 'a', 'b', 'ä']);
});

test('infinite numbers are equal to themselves', () => {
  expect(compareNumbers(Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY)).toBe(0);
  expect([2, Number.NEGATIVE_INFINITY, 1].sort(compareNumbers)).toEqual([Number.NEGATIVE_INFINITY, 1, 2]);
});

test('a sorted copy leaves the list as it is', () => {
  const list = [{ key: 'b' }, { key: 'a' }];
  expect(sortedByKey(list).map(({ key }) => key)).toEqual(['a', 'b']);
  expect(list.map(({ key }) => key)).toEqual(['b', 'a']);
});
