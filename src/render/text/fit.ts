/** Cells of a table that fit into the width of a page. */

import { displayWidth } from './layout.ts';
import type { Page } from './page.ts';

/** Blanks between two columns, as grid.ts draws them. */
const GAP = 2;
const NARROWEST = 4;

export interface Fit {
  /** Columns of text for the whole table. */
  readonly room: number;
  /** Columns that give way before all others, in this order, down to a width. */
  readonly first?: readonly { readonly column: number; readonly least: number }[];
  /** A column that is never shortened. */
  readonly keep?: number;
  /** A column that loses its beginning instead of its end (a path). */
  readonly cutsStart?: number;
  /** A column that loses its middle (a name with its number). */
  readonly cutsMiddle?: number;
}

/** Shortens columns until the rows fit: those that give way first, then the widest. */
export function fitCells(
  rows: readonly (readonly string[])[],
  fit: Fit,
  page: Page,
): readonly (readonly string[])[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => displayWidth(row[column] ?? ''))),
  );
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (columns - 1) - fit.room;
  for (const { column, least } of fit.first ?? []) {
    const width = widths[column] ?? 0;
    const cut = Math.max(0, Math.min(excess, width - least));
    widths[column] = width - cut;
    excess -= cut;
  }
  while (excess > 0) {
    const open = widths.map((width, column) => (column === fit.keep ? 0 : width));
    const widest = open.indexOf(Math.max(...open));
    if ((open[widest] ?? 0) <= NARROWEST) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess -= 1;
  }
  return rows.map((row) =>
    row.map((cell, column) =>
      shorten(cell, { width: widths[column] ?? 0, tail: tailOf(column, fit, widths[column] ?? 0) }, page),
    ),
  );
}

function shorten(
  text: string,
  { width, tail }: { readonly width: number; readonly tail: number },
  { glyphs }: Page,
): string {
  if (displayWidth(text) <= width) return text;
  const kept = Math.max(0, width - glyphs.ellipsis.length);
  const end = Math.min(tail, kept);
  return text.slice(0, kept - end) + glyphs.ellipsis + (end === 0 ? '' : text.slice(-end));
}

/** How much of its end a cell keeps. */
function tailOf(column: number, { cutsStart, cutsMiddle }: Fit, width: number): number {
  if (column === cutsStart) return width;
  return column === cutsMiddle ? width >> 1 : 0;
}
