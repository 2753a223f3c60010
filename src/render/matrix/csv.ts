/**
 * The matrix as comma-separated values (RFC 4180, with Unix line ends): one connection a line. The last column is
 * empty, but for what a node reaches on itself alone, whatever the policies say: it tells which of the pods.
 */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { namedConnections } from './connections.ts';
import { ownNodeRows } from './own-node.ts';

export const csvRenderer: Renderer<MatrixAnswer> = {
  format: 'csv',
  render(answer) {
    const rows = namedConnections(answer).map(({ from, to, ports }) => [from, to, ports, '']);
    const ownNode = ownNodeRows(answer).map(({ from, to, ports, pods }) => [from, to, ports, pods]);
    return [['from', 'to', 'ports', 'on own node'], ...rows, ...ownNode]
      .map((row) => `${row.map(field).join()}\n`)
      .join('');
  },
};

/** A leading sign would be a formula to a spreadsheet. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
