import { expect, test } from 'vitest';
import { fnv1a, slotFor } from '../../src/net/hash.ts';

// draft-eastlake-fnv-17, section 6.
test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('fnv1a(%j)', (text, expected) => {
  expect(fnv1a(text)).toBe(expected);
});

test('text beyond ASCII is hashed by its UTF-8 bytes', () => {
  // 0xc3 0xa9: ((0x811c9dc5 ^ 0xc3) * p ^ 0xa9) * p, p = 0x01000193, modulo 2^32.
  const step = (hash: bigint, byte: bigint) => ((hash ^ byte) * 0x01000193n) & 0xffffffffn;
  expect(BigInt(fnv1a('é'))).toBe(step(step(0x811c9dc5n, 0xc3n), 0xa9n));
});

test('a name gets the slot of its hash', () => {
  expect(slotFor('foobar', 100, () => true)).toBe(0xbf9cf968 % 100);
});

test('a taken slot sends a name to the next free one, around the end', () => {
  expect(0xbf9cf968 % 11).toBe(9);
  expect(slotFor('foobar', 11, (slot) => slot !== 9)).toBe(10);
  expect(slotFor('foobar', 11, (slot) => slot < 9)).toBe(0);
});

test('without a free slot there is none, and without slots neither', () => {
  expect(slotFor('a', 5, () => false)).toBeUndefined();
  expect(slotFor('a', 0, () => true)).toBeUndefined();
  expect(slotFor('a', -1, () => true)).toBeUndefined();
});
