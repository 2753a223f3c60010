/** What stands between quotes, as the text that it means. */

import { giveUp } from './outside.ts';

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]?))/g;

/** By the character behind the backslash (YAML 1.2.2, 5.7). */
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['0', '\0'],
  ['a', '\x07'],
  ['b', '\b'],
  ['e', '\x1b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['\t', '\t'],
  ['v', '\v'],
  ['N', '\u0085'],
  ['_', '\u00a0'],
  ['L', '\u2028'],
  ['P', '\u2029'],
  [' ', ' '],
  ['"', '"'],
  ['/', '/'],
  ['\\', '\\'],
]);

/** @param source what stands between the quotes, lines folded. */
export function singleQuotedText(source: string): string {
  return source.includes("''") ? source.replaceAll("''", "'") : source;
}

/** @param source what stands between the quotes, lines folded. */
export function doubleQuotedText(source: string): string {
  return source.includes('\\') ? source.replace(ESCAPE, (...match) => characterOf(match)) : source;
}

function characterOf([, x, u, long, character]: readonly unknown[]): string {
  const digits = x ?? u ?? long;
  if (typeof digits !== 'string') return ESCAPED.get(String(character)) ?? giveUp();
  const code = Number.parseInt(digits, 16);
  return code > 0x10ffff ? giveUp() : String.fromCodePoint(code);
}
