/**
 * One pod of each workload, which stands for the others since they have the same labels. Found by what selects it:
 * of thousands of workloads a policy is about few, and each question of what an edit opens asks for them.
 */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { groupBy, groupByEach } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import { type LabelSelector, selectorMatches } from '../k8s/selector.ts';
import type { Peer, PodSet } from '../policy/policy.ts';
import { selectsPod } from '../policy/policy-index.ts';

export interface WorkloadPods {
  /** Those with a network of their own, in the order of their keys. */
  readonly all: readonly Pod[];
  /** Those in one of the sets, in that order. Few others are looked at. */
  inSets(sets: readonly PodSet[]): readonly Pod[];
}

/** The pods of a cluster; they are gathered once for it. */
export function workloadPods({ pods, namespaces }: Pick<Cluster, 'pods' | 'namespaces'>): WorkloadPods {
  const index = indexOf(pods);
  const { all, rank } = index;
  return {
    all,
    inSets: (sets) => {
      const found = new Set(
        sets.flatMap((set) =>
          candidates(index, set, namespaces).filter((pod) => selectsPod(set, pod, namespaces)),
        ),
      );
      return [...found].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    },
  };
}

/** The pods that peers can mean as a set; undefined where a peer is about addresses, which a set does not tell. */
export function setsOfPeers(peers: readonly Peer[]): readonly PodSet[] | undefined {
  if (peers.some(({ kind }) => kind === 'block')) return undefined;
  return peers.flatMap((peer) => (peer.kind === 'pods' ? [peer.pods] : []));
}

interface Index {
  readonly all: readonly Pod[];
  readonly rank: ReadonlyMap<Pod, number>;
  readonly byNamespace: ReadonlyMap<string, readonly Pod[]>;
  readonly byLabel: ReadonlyMap<string, readonly Pod[]>;
}

const indexOf = onceFor((pods: readonly Pod[]): Index => {
  const all = oneOfEach(pods);
  return {
    all,
    rank: new Map(all.map((pod, at) => [pod, at])),
    byNamespace: groupBy(all, ({ namespace }) => namespace),
    byLabel: groupByEach(all, ({ labels }) => [...labels].map(([key, value]) => labelKey(key, value))),
  };
});

/** Few pods, those of the set among them. */
function candidates(
  { all, byNamespace, byLabel }: Index,
  { namespace, namespaces: chosen, pods }: PodSet,
  namespaces: Cluster['namespaces'],
): readonly Pod[] {
  const lists = wantedLabels(pods?.selector).map(([key, values]) =>
    values.flatMap((value) => byLabel.get(labelKey(key, value)) ?? []),
  );
  if (namespace !== undefined) lists.push([...(byNamespace.get(namespace) ?? [])]);
  const least = lists.reduce<readonly Pod[]>((few, list) => (list.length < few.length ? list : few), all);
  if (namespace !== undefined || chosen === undefined || least.length <= byNamespace.size) return least;
  const names = [...byNamespace.keys()].filter((name) =>
    selectorMatches(chosen.selector, namespaces.get(name)?.labels ?? new Map()),
  );
  const there = names.flatMap((name) => byNamespace.get(name) ?? []);
  return there.length < least.length ? there : least;
}

function oneOfEach(pods: readonly Pod[]): readonly Pod[] {
  const seen = new Set<string>();
  return pods.filter(({ key, namespace, workload, hostNetwork, finished }) => {
    const name = workload === undefined ? key : `${namespace} ${workload.kind} ${workload.name}`;
    if (hostNetwork || finished || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function labelKey(key: string, value: string): string {
  return `${key}=${value}`;
}

/** Keys of which a selector wants one of some values. */
function wantedLabels(
  selector: LabelSelector | undefined,
): readonly (readonly [string, readonly string[]])[] {
  if (selector === undefined) return [];
  const single = [...selector.matchLabels].map(([key, value]) => [key, [value]] as const);
  const several = selector.matchExpressions.flatMap(({ key, operator, values }) =>
    operator === 'In' ? [[key, [...new Set(values)]] as const] : [],
  );
  return [...single, ...several];
}
