import { expect, test } from 'vitest';
import { once, onceEach, onceFor, onceInARow } from '../../src/collections/once.ts';

test('a value is computed when it is first asked for, and once, also where it is undefined', () => {
  let asked = 0;
  const value = once(() => {
    asked += 1;
    return undefined;
  });
  expect(asked).toBe(0);
  expect([value(), value(), asked]).toEqual([undefined, undefined, 1]);
});

test('for each key, or each object, once', () => {
  const keys: string[] = [];
  const length = onceEach((key: string) => keys.push(key));
  expect([length('a'), length('b'), length('a'), keys]).toEqual([1, 2, 1, ['a', 'b']]);

  const [first, second] = [{ size: 1 }, { size: 1 }];
  const seen: object[] = [];
  const ordinal = onceFor((key: object) => seen.push(key));
  expect([ordinal(first), ordinal(second), ordinal(first)]).toEqual([1, 2, 1]);
});

test('in a row: the value of the latest key is kept, and no other', () => {
  const keys: string[] = [];
  const length = onceInARow((key: string) => keys.push(key));
  expect([length('a'), length('a'), length('b'), length('a'), keys]).toEqual([1, 1, 2, 3, ['a', 'b', 'a']]);
});
