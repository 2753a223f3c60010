/**
 * A walk over the text of one document. Readers of the block style leave it at the first character of the next
 * line that has content; readers of a part of a line leave it behind what they read.
 */

import { CARRIAGE_RETURN, HASH, LINE_FEED, SPACE, TAB } from './characters.ts';
import { type EntryWriter, newEntryWriter } from './entries.ts';
import { giveUp } from './outside.ts';

/** Deeper documents are left to the `yaml` package. Manifests have some fifteen levels. */
const MAX_NESTING = 100;

export interface Cursor {
  readonly text: string;
  /** Where the document ends: behind a line break, or at the end of the text. */
  readonly end: number;
  at: number;
  /** Where the line of `at` begins. */
  lineStart: number;
  /** The column of the content that `endLine` found; -1 at the end of the document. */
  indent: number;
  /** What `endLine` skipped: blank lines, and whether there was a comment. */
  blankLines: number;
  afterComment: boolean;
  /** Where the value that was read last stands, and the block of its entries. */
  valueStart: number;
  valueEnd: number;
  valueEntries: number;
  nesting: number;
  /** How many of the collections around are in brackets. */
  brackets: number;
  readonly entries: EntryWriter;
}

/** A cursor at the first content of the document. */
export function startOf(text: string, start: number, end: number): Cursor {
  const cursor: Cursor = {
    text,
    end,
    at: start,
    lineStart: start,
    indent: 0,
    blankLines: 0,
    afterComment: false,
    valueStart: start,
    valueEnd: start,
    valueEntries: 0,
    nesting: 0,
    brackets: 0,
    entries: newEntryWriter(),
  };
  toContent(cursor, start);
  return cursor;
}

/** Notes where the value that was just read stands. @param entries their block. */
export function placeValue(cursor: Cursor, start: number, end: number, entries: number): void {
  cursor.valueStart = start;
  cursor.valueEnd = end;
  cursor.valueEntries = entries;
}

/** Enters a collection; the caller leaves it again by counting `nesting` down. */
export function nest(cursor: Cursor): void {
  cursor.nesting += 1;
  if (cursor.nesting > MAX_NESTING) giveUp();
}

/** Goes to the next line with content. On this line, only a comment may follow. */
export function endLine(cursor: Cursor): void {
  const { text, end } = cursor;
  let at = cursor.at;
  while (text.charCodeAt(at) === SPACE) at++;
  const code = text.charCodeAt(at);
  const isComment = code === HASH && text.charCodeAt(at - 1) === SPACE;
  cursor.afterComment = isComment;
  cursor.blankLines = 0;
  if (isComment) toContent(cursor, nextLine(cursor, at));
  else if (at >= end) toContent(cursor, end);
  else if (code === LINE_FEED) toContent(cursor, at + 1);
  else if (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED) toContent(cursor, at + 2);
  else giveUp();
}

/** Goes to the next content. @param start where a line begins. */
export function toContent(cursor: Cursor, start: number): void {
  const { text, end } = cursor;
  let at = start;
  let lineStart = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code === SPACE) {
      at++;
    } else if (code === LINE_FEED) {
      lineStart = ++at;
      cursor.blankLines += 1;
    } else if (code === HASH) {
      lineStart = at = nextLine(cursor, at);
      cursor.afterComment = true;
    } else if (code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === LINE_FEED) {
      at++;
    } else {
      if (code === TAB || code === CARRIAGE_RETURN) giveUp();
      moveTo(cursor, lineStart, at);
      return;
    }
  }
  cursor.at = end;
  cursor.indent = -1;
}

function moveTo(cursor: Cursor, lineStart: number, at: number): void {
  cursor.lineStart = lineStart;
  cursor.at = at;
  cursor.indent = at - lineStart;
}

/** Where the line after the one of `at` begins. */
function nextLine({ text, end }: Cursor, at: number): number {
  const lineEnd = text.indexOf('\n', at);
  return lineEnd < 0 ? end : lineEnd + 1;
}
