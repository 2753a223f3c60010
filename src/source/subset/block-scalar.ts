/** Literal (`|`) and folded (`>`) scalars (YAML 1.2.2, 8.1). */

import { CARRIAGE_RETURN, LINE_FEED, SPACE } from './characters.ts';
import { type Cursor, placeValue, toContent } from './cursor.ts';
import { NO_ENTRIES } from './entries.ts';
import { foldBlock } from './fold.ts';
import { giveUp } from './outside.ts';

/** Style, indentation and chomping, and perhaps a comment. */
const HEADER = /([|>])(?:([1-9])([-+])?|([-+])([1-9])?)?(?: +#[^\n]*| *)\r?\n/y;

/** The lines of a scalar, as far as they are read. */
interface BlockLines {
  /** Without indentation and line ends. */
  readonly lines: string[];
  /** Columns of indentation; the first line with content says it, if the header does not. */
  width: number | undefined;
  /** How many of the lines there are up to the last one with content, and where that ends. */
  count: number;
  contentEnd: number;
  /** Spaces in the widest of the blank lines behind it. */
  widestBlank: number;
}

/**
 * Reads the scalar whose header is at the cursor, and goes to the next content.
 * @param parent column of the collection that it is in; its lines are indented more.
 */
export function readBlockScalar(cursor: Cursor, parent: number): string {
  const start = cursor.at;
  HEADER.lastIndex = start;
  const header = HEADER.exec(cursor.text) ?? giveUp();
  const width = header[2] ?? header[5];
  const chomp = header[3] ?? header[4];
  cursor.at = HEADER.lastIndex;
  const block = readLines(cursor, parent, width === undefined ? undefined : parent + Number(width));
  if (chomp !== '+') cursor.at = block.contentEnd;
  placeValue(cursor, start, cursor.at, NO_ENTRIES);
  toContent(cursor, cursor.at);
  const content = block.lines.slice(0, block.count);
  const text = header[1] === '|' ? content.join('\n') : foldBlock(content);
  if (chomp === '-') return text;
  return chomp === '+' ? text + '\n'.repeat(1 + block.lines.length - block.count) : `${text}\n`;
}

/** Goes behind the lines of a scalar, blank ones at the end included. */
function readLines(cursor: Cursor, parent: number, width: number | undefined): BlockLines {
  const { text, end } = cursor;
  const block: BlockLines = { lines: [], width, count: 0, contentEnd: cursor.at, widestBlank: 0 };
  while (cursor.at < end) {
    const from = behindSpaces(text, cursor.at);
    const next = nextLine(text, end, from);
    const lineEnd = withoutBreak(text, from, next);
    const indentation = from - cursor.at;
    if (lineEnd > from && indentation <= parent) break;
    if (lineEnd === from) addBlank(block, indentation);
    else addContent(block, indentation, text.slice(from, lineEnd), next);
    cursor.at = next;
  }
  if (block.count === 0 || block.widestBlank > (block.width ?? 0)) giveUp();
  return block;
}

/** Space behind the indentation is content. */
function addBlank(block: BlockLines, spaces: number): void {
  block.widestBlank = Math.max(block.widestBlank, spaces);
  block.lines.push(' '.repeat(Math.max(0, spaces - (block.width ?? spaces))));
}

function addContent(block: BlockLines, indentation: number, content: string, end: number): void {
  block.width ??= indentation;
  const inset = indentation - block.width;
  if (inset < 0 || (block.count === 0 && block.widestBlank > block.width)) giveUp();
  block.lines.push(inset === 0 ? content : ' '.repeat(inset) + content);
  block.count = block.lines.length;
  block.contentEnd = end;
  block.widestBlank = 0;
}

function behindSpaces(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Where the next line begins; the end of the text also ends a line. */
function nextLine(text: string, end: number, from: number): number {
  const lineFeed = text.indexOf('\n', from);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

/** Where the content of a line ends, of which `next` is the next one's beginning. */
function withoutBreak(text: string, from: number, next: number): number {
  let end = next;
  if (end > from && text.charCodeAt(end - 1) === LINE_FEED) end--;
  if (end > from && text.charCodeAt(end - 1) === CARRIAGE_RETURN) end--;
  return end;
}
