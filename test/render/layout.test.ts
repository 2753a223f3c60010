import { expect, test } from 'vitest';
import { displayWidth, type Line, wrap } from '../../src/render/text/layout.ts';

function texts(lines: readonly Line[]): string[] {
  return lines.map((line) => line.map((span) => span.text).join(''));
}

test.each([
  { text: 'abc', width: 3 },
  { text: '→ ✗ │', width: 5 },
  { text: '日本', width: 4 },
  { text: 'e\u0301', width: 1 },
  { text: '🚀', width: 2 },
])('$text takes $width columns', ({ text, width }) => {
  expect(displayWidth(text)).toBe(width);
});

test('breaks at blanks, keeps several of them inside a line, hangs the rest', () => {
  expect(texts(wrap([{ text: 'one two   three four' }], { width: 14, start: 0, hang: 2 }))).toEqual([
    'one two',
    '  three four',
  ]);
  expect(texts(wrap([{ text: 'one two   three' }], { width: 15, start: 0, hang: 2 }))).toEqual([
    'one two   three',
  ]);
});

test('spans without a blank between them are one word', () => {
  const spans = [{ text: 'aaa bbb' }, { text: '*', tone: 'mark' as const }, { text: ', ccc' }];
  expect(texts(wrap(spans, { width: 7, start: 0, hang: 0 }))).toEqual(['aaa', 'bbb*,', 'ccc']);
});

test('a word that is wider than the box is cut, an address is not', () => {
  const box = { width: 20, start: 4, hang: 4 };
  expect(texts(wrap([{ text: `a ${'x'.repeat(30)}` }], box))).toEqual([
    'a',
    `    ${'x'.repeat(16)}`,
    `    ${'x'.repeat(14)}`,
  ]);
  const address = '[2001:db8:1234:5678:9abc:def0:1234:5678]:40000';
  expect(texts(wrap([{ text: `a ${address}` }], box))).toEqual(['a', `    ${address}`]);
  expect(texts(wrap([{ text: '日'.repeat(10) }], box))).toEqual(['日'.repeat(8), `    ${'日'.repeat(2)}`]);
});
