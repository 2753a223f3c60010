/** Scalars in single and double quotes, of one line or several (YAML 1.2.2, 7.3.1 and 7.3.2). */

import { BACKSLASH, CARRIAGE_RETURN, LINE_FEED, SINGLE_QUOTE } from './characters.ts';
import { type Cursor, placeValue } from './cursor.ts';
import { NO_ENTRIES } from './entries.ts';
import { doubleQuotedText, singleQuotedText } from './escapes.ts';
import { foldLines } from './fold.ts';
import { giveUp } from './outside.ts';

/**
 * Reads the scalar whose opening quote is at the cursor.
 * @param parent column of the collection that it is in; further lines are indented more.
 */
export function readQuoted(cursor: Cursor, parent: number): string {
  const { text, at } = cursor;
  const close = closingQuote(cursor, at);
  const raw = text.slice(at + 1, close);
  const isSingle = text.charCodeAt(at) === SINGLE_QUOTE;
  const source = raw.includes('\n') ? foldQuoted(raw, parent, isSingle) : raw;
  cursor.at = close + 1;
  placeValue(cursor, at, close + 1, NO_ENTRIES);
  return isSingle ? singleQuotedText(source) : doubleQuotedText(source);
}

/** The offset of the quote that closes the one at `open`. */
export function closingQuote({ text, end }: Cursor, open: number): number {
  const quote = text.charCodeAt(open);
  const isSingle = quote === SINGLE_QUOTE;
  for (let at = open + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      if (!isSingle || text.charCodeAt(at + 1) !== SINGLE_QUOTE) return at;
      at++;
    } else if (code === BACKSLASH) {
      if (!isSingle) at++;
    } else if (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) !== LINE_FEED) {
      giveUp();
    }
  }
  return giveUp();
}

/** A backslash at the end of a line, which joins lines without a space, is outside the subset; so are tabs. */
function foldQuoted(raw: string, parent: number, isSingle: boolean): string {
  if (raw.includes('\t') || (!isSingle && /\\ *\r?\n/.test(raw))) giveUp();
  const lines = raw.split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const isBlank = index < lines.length - 1 && /^ *$/.test(line);
    if (index > 0 && !isBlank && line.search(/[^ ]|$/) <= parent) giveUp();
  }
  return foldLines(lines);
}
