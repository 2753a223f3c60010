/** The matrix as one HTML page without scripts: a table of sets, and one of peers. */

import type { MatrixAnswer } from '../../query/matrix/matrix-answer.ts';
import type { Renderer } from '../renderer.ts';
import { OWN_NODE_TITLE, ownNodeRows, partOnNode } from './own-node.ts';

const STYLE =
  'body{font:14px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}' +
  'td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}th{background:#f3f3f3}';

export const htmlRenderer: Renderer<MatrixAnswer> = {
  format: 'html',
  render(answer) {
    const { summary, overview, peers, assumptions } = answer;
    const ownNode = ownNodeRows(answer).map((row) => [row.from, partOnNode(row), row.ports]);
    const connections = overview.map(({ from, to, ports }) => [from, to, ports]);
    const workloads = peers
      .filter(({ kind }) => kind !== 'range')
      .map(({ id, pods, isolated, hostNetwork }) => [
        id,
        String(pods ?? ''),
        hostNetwork
          ? 'host network'
          : isolated === undefined || isolated.length === 0
            ? 'no'
            : isolated.join(', '),
      ]);
    const assumed = assumptions
      .map(({ text, decisive }) => `${text}${decisive ? ' (decisive)' : ''}`)
      .join(', ');
    return [
      '<!doctype html>',
      '<html lang="en"><head><meta charset="utf-8"><title>Connections</title>',
      `<style>${STYLE}</style></head><body>`,
      `<h1>${summary.connected} of ${summary.pairs} pairs connect</h1>`,
      table(['from', 'to', 'ports'], connections),
      ...(ownNode.length === 0
        ? []
        : [`<h2>${OWN_NODE_TITLE}</h2>`, table(['from', 'to', 'ports'], ownNode)]),
      '<h2>Workloads</h2>',
      table(['workload', 'pods', 'isolated for'], workloads),
      ...(assumed === '' ? [] : [`<p>assumed: ${escapeHtml(assumed)}</p>`]),
      '</body></html>',
      '',
    ].join('\n');
  },
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: 'td' | 'th', cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return ['<table>', line('th', head), ...rows.map((row) => line('td', row)), '</table>'].join('\n');
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
