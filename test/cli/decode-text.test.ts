import { expect, test } from 'vitest';
import { decodeText } from '../../src/cli/decode-text.ts';

const text = 'kind: Sérvice → 🚀\n';

test.each([
  { name: 'UTF-8', bytes: Buffer.from(text) },
  { name: 'UTF-8 with a mark', bytes: Buffer.from(`\ufeff${text}`) },
  { name: 'UTF-16 LE', bytes: Buffer.from(`\ufeff${text}`, 'utf16le') },
  { name: 'UTF-16 BE', bytes: Buffer.from(`\ufeff${text}`, 'utf16le').swap16() },
])('$name', ({ bytes }) => {
  expect(decodeText(bytes)).toBe(text);
});

test('an odd byte at the end of UTF-16 is dropped, bytes that are no UTF-8 are marked', () => {
  expect(decodeText(Buffer.from([0xfe, 0xff, 0x00, 0x61, 0x00]))).toBe('a');
  expect(decodeText(Buffer.from([0x61, 0xff]))).toBe('a\ufffd');
});
