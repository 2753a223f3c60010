/** `explain pod/NAME` as people read it: the policies about a pod, and what it may send and receive. */

import type { OverviewRow } from '../../query/matrix/matrix-answer.ts';
import type { PodExplanation, SelectingAnswer } from '../../query/policy-explanation.ts';
import type { Renderer } from '../renderer.ts';
import { blockRenderer } from './block-page.ts';
import { columnLines } from './columns.ts';
import { findingLines } from './findings.ts';
import { plain, wrap } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented } from './table.ts';

export const podRenderer: Renderer<PodExplanation> = blockRenderer((spelled, page) => [
  headline(spelled, page),
  factsBlock(spelled, page),
  ...directions(spelled, page),
  findingLines(spelled.findings, page),
]);

/** `pod shop/web-0   isolated for ingress by 2 policies, not for egress`. */
function headline({ pod, ingress, egress, enforced }: PodExplanation, page: Page): Block {
  const state = pod.hostNetwork
    ? 'in the network of its node: no policy is about it'
    : enforced
      ? `ingress ${stateText(ingress)}, egress ${stateText(egress)}`
      : 'policies are not enforced by this CNI';
  return wrap([plain(`pod ${pod.namespace}/${pod.name}   ${state}`)], {
    width: page.width,
    start: 0,
    hang: 2,
  });
}

function stateText({ isolated, policies }: SelectingAnswer): string {
  if (isolated) return `isolated by ${policies.length}`;
  return policies.length === 0 ? 'open' : `ruled by ${policies.length}`;
}

function factsBlock({ pod }: PodExplanation, page: Page): Block {
  const labels = Object.entries(pod.labels).map(([key, value]) => `${key}=${value}`);
  const ports = pod.ports.map(
    ({ name, port, protocol }) => `${name === undefined ? '' : `${name} `}${port}/${protocol}`,
  );
  const rows = [
    ['of', pod.workload === undefined ? '-' : `${pod.workload.kind} ${pod.workload.name}`],
    ['labels', labels.join(', ') || '-'],
    ['address', pod.addresses.join(', ') || '-'],
    ['ports', ports.join(', ') || '-'],
    ...(pod.at === undefined ? [] : [['written', placeText(pod.at)]]),
  ];
  return columnLines(rows, page);
}

function directions({ ingress, egress, receives, sends }: PodExplanation, page: Page): readonly Block[] {
  return [
    [[plain('receives')], ...policyLines(ingress, page), ...rowsOf(receives, 'from', page)],
    [[plain('sends')], ...policyLines(egress, page), ...rowsOf(sends, 'to', page)],
  ];
}

function policyLines({ policies }: SelectingAnswer, page: Page): Block {
  return columnLines(
    policies.map(({ policy, at }) => ['by', policy, placeText(at)]),
    page,
  );
}

function rowsOf(rows: readonly OverviewRow[], end: 'from' | 'to', page: Page): Block {
  if (rows.length === 0) return [indented(end === 'from' ? 'nothing is admitted' : 'nothing is let out')];
  return columnLines(
    rows.map((row) => [end, row[end], row.ports]),
    page,
  );
}
