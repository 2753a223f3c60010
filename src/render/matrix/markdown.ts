/** The matrix as a Markdown table, for a pull request. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { OWN_NODE_TITLE, ownNodeRows, partOnNode } from './own-node.ts';

export const markdownRenderer: Renderer<MatrixAnswer> = {
  format: 'markdown',
  render(answer) {
    const { overview, summary } = answer;
    const connections = overview.map(({ from, to, ports }) => [from, to, ports]);
    const ownNode = ownNodeRows(answer).map((row) => [row.from, partOnNode(row), row.ports]);
    return [
      `${summary.connected} of ${summary.pairs} pairs connect\n`,
      table(connections),
      ...(ownNode.length === 0 ? [] : [`${OWN_NODE_TITLE}:\n`, table(ownNode)]),
    ].join('\n');
  },
};

function table(rows: readonly (readonly string[])[]): string {
  const lines = [['from', 'to', 'ports'], ['---', '---', '---'], ...rows];
  return lines.map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('');
}

function cell(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\r\n]+/g, ' ');
}
