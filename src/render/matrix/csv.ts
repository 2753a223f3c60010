/** The matrix as comma-separated values (RFC 4180, with Unix line ends): one connection a line. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { namedConnections } from './connections.ts';

export const csvRenderer: Renderer<MatrixAnswer> = {
  format: 'csv',
  render(answer) {
    const rows = namedConnections(answer).map(({ from, to, ports }) => [from, to, ports]);
    return [['from', 'to', 'ports'], ...rows].map((row) => `${row.map(field).join()}\n`).join('');
  },
};

/** A leading sign would be a formula to a spreadsheet. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
