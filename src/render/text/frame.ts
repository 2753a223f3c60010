/** Code frames: the lines around a place in a file, with carets under it. */

import type { SourceLocation } from '../../source/ref.ts';
import { displayWidth, type Line, plain, wrap } from './layout.ts';
import { type Page, spellText } from './page.ts';

/** What a frame is drawn from. */
export interface Excerpt {
  readonly location: SourceLocation;
  /** What is to be seen at the carets. */
  readonly label?: string | undefined;
  /** A line of the file, counted from 1. */
  readonly readLine: (line: number) => string | undefined;
}

const GUTTER = 5;
const TAB = '    ';
/** Lines up to this width are shown whole, whatever the page; longer ones (minified JSON) as a window. */
const WHOLE_LINE = 160;

/** The frame's lines; empty if the file cannot be read. Manifest lines may be wider than the page. */
export function frameLines(excerpt: Excerpt, page: Page): readonly Line[] {
  const { line } = excerpt.location;
  const text = excerpt.readLine(line);
  if (text === undefined) return [];
  const before = linesBefore(excerpt).map((number) => sourceLine(number, excerpt, page));
  const after = excerpt.readLine(line + 1) ?? '';
  const marked = markedText(text, excerpt.location, page);
  const lines = [...before, gutter(`${line}`, marked.text, page), ...caretLines(marked, excerpt.label, page)];
  return isTopLevel(after) ? lines : [...lines, sourceLine(line + 1, excerpt, page)];
}

/** Up to two lines above, as far as they are part of the same top-level field. */
function linesBefore(excerpt: Excerpt): readonly number[] {
  const { line } = excerpt.location;
  const numbers: number[] = [];
  for (let number = line - 1; number >= Math.max(1, line - 2); number--) {
    const text = excerpt.readLine(number);
    if (text === undefined || isTopLevel(text)) break;
    numbers.unshift(number);
  }
  return numbers;
}

/** `spec:`, `---` or an empty line: they say nothing about their neighbour. */
function isTopLevel(text: string): boolean {
  return /^(?:\S|\s*$)/.test(text);
}

function sourceLine(number: number, excerpt: Excerpt, page: Page): Line {
  return gutter(`${number}`, clip(printable(excerpt.readLine(number) ?? ''), 0, page).text, page);
}

function gutter(number: string, text: string, page: Page): Line {
  const start = `${number.padStart(GUTTER)} ${page.glyphs.bar}`;
  return [plain(text === '' ? start : `${start} ${text}`)];
}

interface MarkedText {
  readonly text: string;
  /** Columns before the carets, and how many carets. */
  readonly indent: number;
  readonly carets: number;
}

/** The marked line as it is printed, and where the carets stand under it. */
function markedText(text: string, location: SourceLocation, page: Page): MarkedText {
  const end = location.endLine > location.line ? text.trimEnd().length + 1 : location.endColumn;
  const before = printable(text.slice(0, location.column - 1));
  const marked = printable(text.slice(location.column - 1, end - 1));
  const window = clip(printable(text), before.length, page);
  return {
    text: window.text,
    indent: Math.max(0, displayWidth(before) - window.cut),
    carets: Math.max(1, Math.min(displayWidth(marked), displayWidth(window.text))),
  };
}

/** A very long line is shown from a little before `focus` on. `cut`: columns that are gone on the left. */
function clip(text: string, focus: number, page: Page): { readonly text: string; readonly cut: number } {
  if (text.length <= WHOLE_LINE) return { text, cut: 0 };
  const { ellipsis } = page.glyphs;
  const room = page.width - GUTTER - 3 - 2 * ellipsis.length;
  const start = Math.max(0, focus - 20);
  const window = text.slice(start, start + room);
  const head = start > 0 ? ellipsis : '';
  const tail = start + room < text.length ? ellipsis : '';
  return { text: head + window + tail, cut: start - head.length };
}

/** The line of carets with its label, which goes on under the carets if the page ends. */
function caretLines(marked: MarkedText, label: string | undefined, page: Page): readonly Line[] {
  const start = `${' '.repeat(GUTTER)} ${page.glyphs.bar} ${' '.repeat(marked.indent)}`;
  const carets = `${start}${'^'.repeat(marked.carets)}`;
  if (label === undefined || label === '') return [[plain(carets)]];
  const isBeside = carets.length + 1 + displayWidth(label) <= page.width;
  if (isBeside) return [[plain(`${carets} ${label}`)]];
  const column = Math.min(start.length, page.width - 30);
  const below = wrap([plain(label)], { width: page.width, start: column, hang: column });
  const lead = start.slice(0, column);
  return [
    [plain(carets)],
    ...below.map((line, index) => [plain(lead), ...(index === 0 ? line : line.slice(1))]),
  ];
}

/** A manifest line as a terminal can take it: blanks for tabs, no control characters. */
function printable(text: string): string {
  return spellText(text.replaceAll('\t', TAB), { unicode: true });
}
