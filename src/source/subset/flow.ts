/** The flow style: `[a, b]`, `{a: b}`, and with them JSON (YAML 1.2.2, 7.4). */

import { newMapping } from '../mapping.ts';
import { resolveScalar } from '../scalar.ts';
import {
  CARRIAGE_RETURN,
  CLOSE_LIST,
  CLOSE_MAPPING,
  COLON,
  COMMA,
  DASH,
  DOUBLE_QUOTE,
  HASH,
  isSpaceOrBreak,
  LINE_FEED,
  mayStartPlain,
  OPEN_LIST,
  OPEN_MAPPING,
  QUESTION,
  SINGLE_QUOTE,
  SPACE,
  TAB,
} from './characters.ts';
import { type Cursor, nest, placeValue } from './cursor.ts';
import { addEntry, closeEntries, NO_ENTRIES } from './entries.ts';
import { keyText } from './key.ts';
import { giveUp } from './outside.ts';
import { closingQuote, readQuoted } from './quoted.ts';

/**
 * Reads the collection whose opening bracket is at the cursor.
 * @param parent column of the block collection that it is in; further lines are indented more. -1 for none.
 */
export function readFlow(cursor: Cursor, parent: number): unknown {
  const start = cursor.at;
  const from = cursor.entries.open.length;
  const isList = cursor.text.charCodeAt(start) === OPEN_LIST;
  nest(cursor);
  cursor.brackets += 1;
  cursor.at += 1;
  const value = isList ? readItems(cursor, parent) : readEntries(cursor, parent);
  cursor.brackets -= 1;
  cursor.nesting -= 1;
  placeValue(cursor, start, cursor.at, closeEntries(cursor.entries, from));
  return value;
}

function readItems(cursor: Cursor, parent: number): unknown[] {
  const items: unknown[] = [];
  skipSpace(cursor, parent);
  while (!takeClose(cursor, CLOSE_LIST)) {
    items.push(readNode(cursor, parent));
    addEntry(cursor.entries, -1, -1, cursor);
    takeComma(cursor, parent, CLOSE_LIST);
  }
  return items;
}

function readEntries(cursor: Cursor, parent: number): unknown {
  const mapping = newMapping();
  skipSpace(cursor, parent);
  while (!takeClose(cursor, CLOSE_MAPPING)) {
    const keyStart = cursor.at;
    const keyEnd = readKeyEnd(cursor);
    const key = keyText(cursor.text, keyStart, keyEnd);
    if (key in mapping || key === '<<') giveUp();
    takeColon(cursor, keyStart);
    skipSpace(cursor, parent);
    mapping[key] = readNode(cursor, parent);
    addEntry(cursor.entries, keyStart, keyEnd, cursor);
    takeComma(cursor, parent, CLOSE_MAPPING);
  }
  return mapping;
}

/** A value; one that is left out (`{a: , b}`) is outside the subset. */
function readNode(cursor: Cursor, parent: number): unknown {
  const { text, at } = cursor;
  const code = text.charCodeAt(at);
  if (code === DOUBLE_QUOTE || code === SINGLE_QUOTE) return readQuoted(cursor, parent);
  if (code === OPEN_LIST || code === OPEN_MAPPING) return readFlow(cursor, parent);
  const end = readPlainEnd(cursor);
  placeValue(cursor, at, end, NO_ENTRIES);
  return resolveScalar(text.slice(at, end));
}

/** Goes behind a key. @returns where it ends. */
function readKeyEnd(cursor: Cursor): number {
  const { text, at } = cursor;
  const code = text.charCodeAt(at);
  if (code !== DOUBLE_QUOTE && code !== SINGLE_QUOTE) return readPlainEnd(cursor);
  const end = closingQuote(cursor, at) + 1;
  if (text.slice(at, end).includes('\n')) giveUp();
  cursor.at = end;
  return end;
}

/** Goes behind the plain scalar at the cursor, which is of one line. @returns where it ends. */
function readPlainEnd(cursor: Cursor): number {
  const { text } = cursor;
  if (!beginsPlain(text, cursor.at)) giveUp();
  let { at } = cursor;
  let end = at;
  for (let code = text.charCodeAt(at); !endsPlain(text, at, code); code = text.charCodeAt(at)) {
    at += 1;
    if (code !== SPACE) end = at;
  }
  cursor.at = end;
  return end;
}

function beginsPlain(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code !== DASH && code !== QUESTION && code !== COLON) return mayStartPlain(code);
  const next = text.charCodeAt(at + 1);
  return !isSpaceOrBreak(next) && !isFlowIndicator(next);
}

function endsPlain(text: string, at: number, code: number): boolean {
  if (code === COLON) {
    const next = text.charCodeAt(at + 1);
    return isSpaceOrBreak(next) || isFlowIndicator(next);
  }
  if (code === SPACE) return text.charCodeAt(at + 1) === HASH;
  if (code === TAB) giveUp();
  return code === LINE_FEED || code === CARRIAGE_RETURN || Number.isNaN(code) || isFlowIndicator(code);
}

function isFlowIndicator(code: number): boolean {
  return (
    code === COMMA ||
    code === OPEN_LIST ||
    code === CLOSE_LIST ||
    code === OPEN_MAPPING ||
    code === CLOSE_MAPPING
  );
}

/** A value may follow the colon at once only behind a key in quotes, as in JSON. */
function takeColon(cursor: Cursor, keyStart: number): void {
  const { text } = cursor;
  while (text.charCodeAt(cursor.at) === SPACE) cursor.at += 1;
  if (text.charCodeAt(cursor.at) !== COLON) giveUp();
  cursor.at += 1;
  const quote = text.charCodeAt(keyStart);
  const isQuoted = quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE;
  if (!isQuoted && !isSpaceOrBreak(text.charCodeAt(cursor.at))) giveUp();
}

function takeClose(cursor: Cursor, close: number): boolean {
  if (cursor.text.charCodeAt(cursor.at) !== close) return false;
  cursor.at += 1;
  return true;
}

/** What follows an entry: a comma and space, or space and the closing bracket, which is not taken. */
function takeComma(cursor: Cursor, parent: number, close: number): void {
  skipSpace(cursor, parent);
  const code = cursor.text.charCodeAt(cursor.at);
  if (code === COMMA) {
    cursor.at += 1;
    skipSpace(cursor, parent);
  } else if (code !== close) giveUp();
}

/** Skips space, line breaks and comments. */
function skipSpace(cursor: Cursor, parent: number): void {
  const { text, end } = cursor;
  let { at } = cursor;
  let lineStart = -1;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === LINE_FEED) lineStart = at + 1;
    else if (code === HASH && isSpaceOrBreak(text.charCodeAt(at - 1))) at = lineEnd(cursor, at) - 1;
    else if (code !== SPACE && code !== TAB && !isBreak(text, at)) break;
    at += 1;
  }
  cursor.at = at;
  if (lineStart >= 0) checkIndentation(cursor, lineStart, parent);
}

/** A line is indented more than `parent`; the last bracket may stand at that column, as many people write it. */
function checkIndentation({ text, at, brackets }: Cursor, lineStart: number, parent: number): void {
  let column = 0;
  while (text.charCodeAt(lineStart + column) === SPACE) column++;
  if (column > parent) return;
  const code = text.charCodeAt(at);
  const isLast = brackets === 1 && (code === CLOSE_LIST || code === CLOSE_MAPPING);
  if (column < parent || !isLast) giveUp();
}

function isBreak(text: string, at: number): boolean {
  return text.charCodeAt(at) === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED;
}

/** The offset of the line's end. */
function lineEnd({ text, end }: Cursor, at: number): number {
  const lineFeed = text.indexOf('\n', at);
  return lineFeed < 0 ? end : lineFeed;
}
