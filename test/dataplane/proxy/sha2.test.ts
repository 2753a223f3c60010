import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sha256, sha512 } from '../../../src/dataplane/proxy/sha2.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const reference = (algorithm: 'sha256' | 'sha512', text: string): string =>
  createHash(algorithm).update(text, 'utf8').digest('hex');

test('hashes the standard example (FIPS 180-2 appendix B.1, C.1)', () => {
  expect(hex(sha256('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(hex(sha512('abc'))).toMatch(/^ddaf35a193617abacc417349ae204131/);
});

test('every length around the block ends equals the reference', () => {
  for (let length = 0; length <= 260; length++) {
    const text = 'x'.repeat(length);
    expect(hex(sha256(text)), `sha256 of ${length} bytes`).toBe(reference('sha256', text));
    expect(hex(sha512(text)), `sha512 of ${length} bytes`).toBe(reference('sha512', text));
  }
});

test('any text equals the reference', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (text) => {
      expect(hex(sha256(text))).toBe(reference('sha256', text));
      expect(hex(sha512(text))).toBe(reference('sha512', text));
    }),
  );
});
