/** The block style: mappings and sequences by indentation (YAML 1.2.2, 8.2). */

import { newMapping } from '../mapping.ts';
import { readBlockScalar } from './block-scalar.ts';
import {
  CARRIAGE_RETURN,
  COLON,
  DASH,
  DOUBLE_QUOTE,
  GREATER,
  HASH,
  isSpaceOrBreak,
  LINE_FEED,
  OPEN_LIST,
  OPEN_MAPPING,
  PIPE,
  SINGLE_QUOTE,
  SPACE,
} from './characters.ts';
import { type Cursor, endLine, nest, placeValue } from './cursor.ts';
import { addEntry, closeEntries, NO_ENTRIES } from './entries.ts';
import { readFlow } from './flow.ts';
import { keyText } from './key.ts';
import { giveUp } from './outside.ts';
import { beginsPlain, readPlain, scanPlain } from './plain.ts';
import { closingQuote, readQuoted } from './quoted.ts';

/**
 * Reads the node at the cursor, the first thing on its line or behind a `- `.
 * @param parent column of the collection that it is in, -1 for none.
 */
export function readNode(cursor: Cursor, parent: number): unknown {
  const column = cursor.at - cursor.lineStart;
  if (isItem(cursor)) return readSequence(cursor, column);
  const start = cursor.at;
  const isKey = findKeyEnd(cursor) >= 0;
  cursor.at = start;
  return isKey ? readMapping(cursor, column) : readInline(cursor, parent);
}

/** Is the cursor at the `-` of a sequence's item? */
function isItem({ text, at }: Cursor): boolean {
  return text.charCodeAt(at) === DASH && isSpaceOrBreak(text.charCodeAt(at + 1));
}

function readSequence(cursor: Cursor, column: number): unknown[] {
  const start = cursor.at;
  const items: unknown[] = [];
  const from = cursor.entries.open.length;
  nest(cursor);
  do {
    cursor.at += 1;
    items.push(readItem(cursor, column));
    addEntry(cursor.entries, -1, -1, cursor);
  } while (cursor.indent === column && isItem(cursor));
  endCollection(cursor, column, { start, from });
  return items;
}

/** What follows a `-`: on its line, or on further lines that are indented more. */
function readItem(cursor: Cursor, column: number): unknown {
  skipSpaces(cursor);
  if (isLineEnd(cursor)) return readBelow(cursor, column, column + 1);
  return isBlockScalar(cursor) ? readBlockScalar(cursor, column) : readNode(cursor, column);
}

function readMapping(cursor: Cursor, column: number): unknown {
  const start = cursor.at;
  const mapping = newMapping();
  const from = cursor.entries.open.length;
  nest(cursor);
  do {
    const keyStart = cursor.at;
    const keyEnd = findKeyEnd(cursor);
    const key = keyEnd < 0 ? giveUp() : keyText(cursor.text, keyStart, keyEnd);
    if (key in mapping || key === '<<') giveUp();
    cursor.at += 1;
    mapping[key] = readValue(cursor, column);
    addEntry(cursor.entries, keyStart, keyEnd, cursor);
  } while (cursor.indent === column);
  endCollection(cursor, column, { start, from });
  return mapping;
}

/** A collection ends where its last value ends. @param from its first entry in `entries.open`. */
function endCollection(
  cursor: Cursor,
  column: number,
  { start, from }: { readonly start: number; readonly from: number },
): void {
  if (cursor.indent > column) giveUp();
  cursor.nesting -= 1;
  placeValue(cursor, start, cursor.valueEnd, closeEntries(cursor.entries, from));
}

/** Goes to the colon behind a key on this line. @returns where the key ends, or -1 if there is none. */
function findKeyEnd(cursor: Cursor): number {
  const { text, at } = cursor;
  const code = text.charCodeAt(at);
  if (code !== DOUBLE_QUOTE && code !== SINGLE_QUOTE) {
    if (!beginsPlain(text, at)) return -1;
    const end = scanPlain(cursor);
    return text.charCodeAt(cursor.at) === COLON ? end : -1;
  }
  const end = closingQuote(cursor, at) + 1;
  cursor.at = end;
  skipSpaces(cursor);
  const isKey = text.charCodeAt(cursor.at) === COLON && isSpaceOrBreak(text.charCodeAt(cursor.at + 1));
  return isKey && !text.slice(at, end).includes('\n') ? end : -1;
}

/** What follows a `:`: on its line, or on further lines, where a sequence need not be indented more. */
function readValue(cursor: Cursor, column: number): unknown {
  skipSpaces(cursor);
  if (isLineEnd(cursor)) return readBelow(cursor, column, column);
  return isBlockScalar(cursor) ? readBlockScalar(cursor, column) : readInline(cursor, column);
}

/**
 * A value on the lines below; nothing there is null, which stands behind its `:` or `-`.
 * @param sequenceColumn where a sequence may begin.
 */
function readBelow(cursor: Cursor, column: number, sequenceColumn: number): unknown {
  const empty = cursor.at;
  endLine(cursor);
  if (cursor.indent > column || (cursor.indent === sequenceColumn && isItem(cursor))) {
    return readNode(cursor, column);
  }
  placeValue(cursor, empty, empty, NO_ENTRIES);
  return null;
}

/** Reads a scalar or a collection in brackets, and goes to the next content. */
function readInline(cursor: Cursor, parent: number): unknown {
  const code = cursor.text.charCodeAt(cursor.at);
  const isQuoted = code === DOUBLE_QUOTE || code === SINGLE_QUOTE;
  if (!isQuoted && code !== OPEN_LIST && code !== OPEN_MAPPING) return readPlain(cursor, parent);
  const value = isQuoted ? readQuoted(cursor, parent) : readFlow(cursor, parent);
  endLine(cursor);
  return value;
}

function isBlockScalar({ text, at }: Cursor): boolean {
  const code = text.charCodeAt(at);
  return code === PIPE || code === GREATER;
}

/** Is nothing more on this line, or only a comment? */
function isLineEnd({ text, at }: Cursor): boolean {
  const code = text.charCodeAt(at);
  return code === LINE_FEED || code === CARRIAGE_RETURN || code === HASH || Number.isNaN(code);
}

function skipSpaces(cursor: Cursor): void {
  const { text } = cursor;
  let { at } = cursor;
  while (text.charCodeAt(at) === SPACE) at++;
  cursor.at = at;
}
