/** Keys of mappings: on one line, plain or in quotes. */

import { resolveScalar } from '../scalar.ts';
import { DOUBLE_QUOTE, SINGLE_QUOTE } from './characters.ts';
import { doubleQuotedText, singleQuotedText } from './escapes.ts';

/** The text of the key from `start` to `end`, as kubectl turns it into JSON: `017` is "15", `yes` is "true". */
export function keyText(text: string, start: number, end: number): string {
  const code = text.charCodeAt(start);
  if (code === DOUBLE_QUOTE) return doubleQuotedText(text.slice(start + 1, end - 1));
  if (code === SINGLE_QUOTE) return singleQuotedText(text.slice(start + 1, end - 1));
  return String(resolveScalar(text.slice(start, end)));
}
