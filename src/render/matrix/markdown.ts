/** The matrix as a Markdown table, for a pull request. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';

export const markdownRenderer: Renderer<MatrixAnswer> = {
  format: 'markdown',
  render({ overview, summary }) {
    const rows = overview.map(({ from, to, ports }) => [from, to, ports]);
    const table = [['from', 'to', 'ports'], ['---', '---', '---'], ...rows].map(
      (row) => `| ${row.map(cell).join(' | ')} |`,
    );
    return `${summary.connected} of ${summary.pairs} pairs connect\n\n${table.join('\n')}\n`;
  },
};

function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\r\n]+/g, ' ');
}
