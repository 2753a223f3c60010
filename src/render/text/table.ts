/** Tables under a title, for answers that list things. */

import { fitCells } from './fit.ts';
import { gridLines } from './grid.ts';
import { type Line, plain } from './layout.ts';
import type { Page } from './page.ts';

const INDENT = 2;
/** More rows than this are counted instead of shown, unless with `-v`. */
export const MOST_ROWS = 30;

/** A place keeps the end of its file's name and the line; the cell before it at least this. */
const SHORTEST_PLACE = 14;
const SHORTEST_CELL = 8;

export type Block = readonly Line[];

/** A line of a table, and what `-v` says below it. */
export interface Row {
  readonly cells: readonly string[];
  readonly details: readonly (readonly string[])[];
}

/** A title with the amount, and the rows; those that are too many are counted. */
export function tableBlock(title: string, amount: number, rows: readonly Row[], page: Page): Block {
  if (amount === 0) return [];
  const isVerbose = page.level === 'verbose';
  const shown = isVerbose ? rows : rows.slice(0, MOST_ROWS);
  const table = rowLines(
    shown.map(({ cells }) => cells),
    page,
  );
  const lines = shown.flatMap(({ details }, index) => [
    table[index] ?? [],
    ...(isVerbose ? rowLines(details, page, INDENT + 3) : []),
  ]);
  const hidden = rows.length - shown.length;
  const more = hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)];
  return [[plain(`${title}  ${amount}`)], ...lines, ...more];
}

/** Rows with their cells under each other; the last cell is a place in a file and loses its beginning. */
export function rowLines(
  rows: readonly (readonly string[])[],
  page: Page,
  indent: number = INDENT,
): readonly Line[] {
  if (rows.length === 0) return [];
  const columns = Math.max(...rows.map((row) => row.length));
  const place = columns - 1;
  const cells = fitCells(
    rows.map((row) => Array.from({ length: columns }, (_, index) => row[index] ?? '')),
    {
      room: page.width - indent,
      first: [
        { column: place, least: SHORTEST_PLACE },
        { column: place - 1, least: SHORTEST_CELL },
      ],
      cutsStart: place,
      cutsMiddle: 0,
    },
    page,
  );
  return gridLines(cells).map((line) => [plain(' '.repeat(indent) + line)]);
}

/** A line under a title. */
export function indented(text: string): Line {
  return [plain(' '.repeat(INDENT) + text)];
}
