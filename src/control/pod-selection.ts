/** Which pods a Service's selector selects, without asking every pod. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { groupBy } from '../collections/grouping.ts';
import type { Labels } from '../k8s/object.ts';
import { labelsMatch } from '../k8s/selector.ts';

/** The pods of a namespace whose labels hold every pair, in the order of their keys. */
export type PodSelection = (namespace: string, selector: Labels) => readonly Pod[];

/** A selection over the cluster's pods; the index of a label is made when it is first asked for. */
export function selectPods({ podsByNamespace }: Cluster): PodSelection {
  const indexes = new Map<string, ReadonlyMap<string, readonly Pod[]>>();
  const byValue = (namespace: string, label: string) => {
    const id = `${namespace}/${label}`;
    const known = indexes.get(id) ?? indexLabel(podsByNamespace.get(namespace) ?? [], label);
    indexes.set(id, known);
    return known;
  };
  return (namespace, selector) => {
    let fewest: readonly Pod[] | undefined;
    for (const [label, value] of selector) {
      const pods = byValue(namespace, label).get(value) ?? [];
      if (fewest === undefined || pods.length < fewest.length) fewest = pods;
    }
    return (fewest ?? []).filter(({ labels }) => labelsMatch(selector, labels));
  };
}

function indexLabel(pods: readonly Pod[], label: string): ReadonlyMap<string, readonly Pod[]> {
  return groupBy(pods, ({ labels }) => labels.get(label));
}
