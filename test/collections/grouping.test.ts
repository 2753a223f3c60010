import { describe, expect, test } from 'vitest';
import { addTo, groupBy, groupByEach } from '../../src/collections/grouping.ts';

describe('groupBy', () => {
  test('keeps the order of the items, and of the groups by their first ones', () => {
    const groups = groupBy(['pear', 'apple', 'plum'], ([first]) => first);
    expect([...groups]).toEqual([
      ['p', ['pear', 'plum']],
      ['a', ['apple']],
    ]);
  });

  test('leaves out what has no key', () => {
    expect([...groupBy([1, 2, 3], (item) => (item === 2 ? undefined : 'odd'))]).toEqual([['odd', [1, 3]]]);
  });
});

test('an item with several keys is in the group of each', () => {
  const groups = groupByEach(['ab', 'b', ''], (item) => item);
  expect([...groups]).toEqual([
    ['a', ['ab']],
    ['b', ['ab', 'b']],
  ]);
});

test('a group may have any name', () => {
  const groups = new Map<string, number[]>();
  for (const [index, name] of ['__proto__', 'constructor', '__proto__'].entries()) addTo(groups, name, index);
  expect([...groups]).toEqual([
    ['__proto__', [0, 2]],
    ['constructor', [1]],
  ]);
});
