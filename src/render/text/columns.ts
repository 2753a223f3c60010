/** Tables whose cells are wrapped, for names that must not be cut. */

import { displayWidth, type Line, padLine, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';

const GAP = 2;
const INDENT = 2;

/** Rows of cells under each other; a cell that is too wide goes on below. */
export function columnLines(rows: readonly (readonly string[])[], page: Page): readonly Line[] {
  const widths = columnWidths(rows, page.width - INDENT);
  return rows.flatMap((row) => rowLines(row, widths));
}

/** The widest columns give way until the table fits. */
function columnWidths(rows: readonly (readonly string[])[], room: number): readonly number[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[column] ?? '')), 0),
  );
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP * (columns - 1) - room;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

function rowLines(row: readonly string[], widths: readonly number[]): readonly Line[] {
  const cells = row.map((text, column) =>
    wrap([plain(text)], { width: widths[column] ?? 0, start: 0, hang: 0 }),
  );
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, index) => {
    let line: Line = [plain(' '.repeat(INDENT))];
    let column = INDENT;
    for (const [at, lines] of cells.entries()) {
      line = [...padLine(line, column), ...(lines[index] ?? [])];
      column += (widths[at] ?? 0) + GAP;
    }
    return trimmed(line);
  });
}

function trimmed(line: Line): Line {
  const last = line.at(-1);
  if (last === undefined || last.text.trimEnd() === last.text) return line;
  return [...line.slice(0, -1), { ...last, text: last.text.trimEnd() }];
}
