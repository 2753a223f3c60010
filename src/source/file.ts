/** A text that someone gave us, and where its lines begin. */

import { onceFor } from '../collections/once.ts';

export interface SourceFile {
  /** Path as a person would click it: relative, with `/`; `<stdin>` for standard input. */
  readonly name: string;
  readonly text: string;
}

/** 1-based, counted in UTF-16 units as editors do. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Line and column of an offset into the file's text. */
export function positionAt(file: SourceFile, offset: number): Position {
  const starts = lineStartsOf(file);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
}

/** The offset of a place in the file's text; the end of the text for a line past it. */
export function offsetAt(file: SourceFile, { line, column }: Position): number {
  const start = lineStartsOf(file)[line - 1];
  return start === undefined ? file.text.length : start + column - 1;
}

/** The text of a 1-based line without its line end; undefined past the end of the file. */
export function lineText(file: SourceFile, line: number): string | undefined {
  const starts = lineStartsOf(file);
  const start = starts[line - 1];
  if (start === undefined) return undefined;
  const end = starts[line] ?? file.text.length + 1;
  return file.text.slice(start, end - 1).replace(/\r$/, '');
}

/** The table of line starts is made when the first position of a file is asked for. */
const lineStartsOf = onceFor(({ text }: SourceFile): Uint32Array => {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return Uint32Array.from(starts);
});
