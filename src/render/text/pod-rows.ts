/** The rows about pods: one each, or where they are many one for each workload. */

import { groupBy } from '../../collections/grouping.ts';
import type { PodAnswer } from '../../query/cluster-answer.ts';
import { kindWord } from '../../query/reference.ts';
import type { Page } from './page.ts';
import { mark, placeText, sourceText } from './sources.ts';
import type { Row } from './table.ts';
import { count } from './words.ts';

const MOST_NODES = 3;

/** @param most so many pods get a row each; with `-v` all do. */
export function podRows(pods: readonly PodAnswer[], page: Page, most: number): readonly Row[] {
  if (page.level === 'verbose' || pods.length <= most) return pods.map(podRow);
  return [...groupBy(pods, groupName)].map(([name, members]) => groupRow(name, members, page));
}

function podRow(pod: PodAnswer): Row {
  const { node, addresses, readiness } = pod;
  const nodeText = node === undefined ? 'no node' : `${node.value}${mark(node)}`;
  const address = addresses.value.length === 0 ? '-' : `${addresses.value.join(', ')}${mark(addresses)}`;
  const ports = pod.ports.map(({ port, protocol }) =>
    protocol === 'tcp' ? `${port}` : `${port}/${protocol}`,
  );
  return {
    cells: [
      `${pod.namespace}/${pod.name}`,
      nodeText,
      address,
      `${readiness.value}${mark(readiness)}`,
      pod.at === undefined ? 'every cluster' : placeText(pod.at),
    ],
    details: [
      ...(ports.length === 0 ? [] : [['ports', ports.join(', '), '']]),
      ...(pod.workload === undefined ? [] : [['of', `${pod.workload.kind} ${pod.workload.name}`, '']]),
      ...(node === undefined ? [] : [['node', node.value, sourceText(node)]]),
      [
        'addresses',
        pod.hostNetwork ? `${addresses.value.join(', ')} (host network)` : addresses.value.join(', '),
        sourceText(addresses),
      ],
      ['readiness', readiness.value, sourceText(readiness)],
    ],
  };
}

function groupName({ namespace, name, workload }: PodAnswer): string {
  return workload === undefined
    ? `${namespace}/${name}`
    : `${namespace}/${kindWord(workload.kind)}/${workload.name}`;
}

/** `shop/deploy/api  3 pods, 2 ready  node-a, node-b  k8s/api.yaml:1`. */
function groupRow(name: string, pods: readonly PodAnswer[], page: Page): Row {
  const ready = pods.filter(({ readiness }) => readiness.value === 'ready').length;
  const nodes = [
    ...new Set(pods.map(({ node }) => (node === undefined ? 'no node' : `${node.value}${mark(node)}`))),
  ];
  const shown = nodes.slice(0, MOST_NODES).join(', ');
  const [first] = pods;
  return {
    cells: [
      name,
      `${count(pods.length, 'pod')}${ready === pods.length ? '' : `, ${ready} ready`}`,
      nodes.length > MOST_NODES ? `${shown}${page.glyphs.ellipsis}` : shown,
      first?.at === undefined ? 'every cluster' : placeText(first.at),
    ],
    details: [],
  };
}
