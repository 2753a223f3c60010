/** Plain scalars of the block style: without quotes, of one line or several (YAML 1.2.2, 7.3.3). */

import { resolveScalar } from '../scalar.ts';
import {
  CARRIAGE_RETURN,
  COLON,
  DASH,
  HASH,
  isSpaceOrBreak,
  LINE_FEED,
  mayStartPlain,
  QUESTION,
  SPACE,
  TAB,
} from './characters.ts';
import { type Cursor, endLine, placeValue } from './cursor.ts';
import { NO_ENTRIES } from './entries.ts';
import { giveUp } from './outside.ts';

/**
 * Goes to the `: ` that ends a key, or to the end of the line's content.
 * @returns where the text before it ends, without the space behind it.
 */
export function scanPlain(cursor: Cursor): number {
  const { text } = cursor;
  let at = cursor.at;
  let end = at;
  for (; ; at++) {
    const code = text.charCodeAt(at);
    if (code > COLON) end = at + 1;
    else if (code === SPACE) {
      if (text.charCodeAt(at + 1) === HASH) break;
    } else if (endsPlain(text, at, code)) break;
    else end = at + 1;
  }
  cursor.at = at;
  return end;
}

/** Does the content of a line, or a key, end at this character, which is none of the letters? */
function endsPlain(text: string, at: number, code: number): boolean {
  if (code === COLON) return isSpaceOrBreak(text.charCodeAt(at + 1));
  if (code === TAB) giveUp();
  if (code === CARRIAGE_RETURN) return text.charCodeAt(at + 1) === LINE_FEED || giveUp();
  return code === LINE_FEED || Number.isNaN(code);
}

/** Can a plain scalar begin here? A `-`, `?` or `:` must not be an indicator. */
export function beginsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === DASH || code === QUESTION || code === COLON) return !isSpaceOrBreak(text.charCodeAt(at + 1));
  return mayStartPlain(code);
}

/**
 * Reads a plain scalar, and goes to the next content.
 * @param parent column of the collection that it is in; further lines are indented more.
 */
export function readPlain(cursor: Cursor, parent: number): unknown {
  const { text, at: start } = cursor;
  if (!beginsPlain(text, start)) giveUp();
  let end = scanLine(cursor);
  let source = text.slice(start, end);
  while (cursor.indent > parent && !cursor.afterComment) {
    const { at, blankLines } = cursor;
    const separator = blankLines === 0 ? ' ' : '\n'.repeat(blankLines);
    end = scanLine(cursor);
    source += separator + text.slice(at, end);
  }
  placeValue(cursor, start, end, NO_ENTRIES);
  return resolveScalar(source);
}

/** Scans a line of a scalar and goes to the next content. */
function scanLine(cursor: Cursor): number {
  const end = scanPlain(cursor);
  if (cursor.text.charCodeAt(cursor.at) === COLON) giveUp();
  endLine(cursor);
  return end;
}
