/** The policies of a cluster, found by the pods that they select. */

import type { Cluster, Namespace, Pod } from '../cluster/cluster.ts';
import { groupBy } from '../collections/grouping.ts';
import type { Labels } from '../k8s/object.ts';
import { selectorMatches } from '../k8s/selector.ts';
import type { ManifestDocument } from '../source/document.ts';
import { ACCOUNT_LABEL, type CompiledPolicy, type Direction, type PodSet, type Selection } from './policy.ts';
import { compareRanks, type Stage, stagesOf } from './stages.ts';

/** What differs between CNIs (`cni.ipBlock` of the profile). */
export interface PolicySettings {
  /** Do address blocks match the addresses of pods, and of nodes? */
  readonly blocksMatch: { readonly pods: boolean; readonly nodes: boolean };
}

export interface PolicyIndex {
  readonly policies: readonly CompiledPolicy[];
  readonly isEmpty: boolean;
  readonly settings: PolicySettings;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** The policies that are written in a document, in their order. */
  inDocument(document: ManifestDocument): readonly CompiledPolicy[];
  /** The policies that select pods of this namespace alone, in their order. */
  inNamespace(namespace: string): readonly CompiledPolicy[];
  /** The policies that select a pod, tier by tier. Pods of equal namespace and labels share an answer. */
  selecting(pod: Pod, direction: Direction): readonly Stage[];
}

const NO_LABELS: Labels = new Map();

/**
 * Makes the index.
 * @param policies in the order of their tiers, as compilePolicies gives them.
 */
export function indexPolicies(
  policies: readonly CompiledPolicy[],
  { namespaces }: Pick<Cluster, 'namespaces'>,
  settings: PolicySettings,
): PolicyIndex {
  const everywhere: CompiledPolicy[] = [];
  const byNamespace = new Map<string, CompiledPolicy[]>();
  for (const policy of policies) {
    const { namespace } = policy.subject;
    const known = namespace === undefined ? everywhere : byNamespace.get(namespace);
    if (known !== undefined) known.push(policy);
    else byNamespace.set(namespace ?? '', [policy]);
  }
  const rank = new Map(policies.map((policy, index) => [policy, index]));
  const memo = new WeakMap<Labels, Map<string, readonly Stage[]>>();
  let byDocument: ReadonlyMap<ManifestDocument, readonly CompiledPolicy[]> | undefined;
  return {
    policies,
    isEmpty: policies.length === 0,
    settings,
    namespaces,
    inDocument: (document) => {
      byDocument ??= groupBy(policies, ({ origin }) => origin.document);
      return byDocument.get(document) ?? [];
    },
    inNamespace: (namespace) => byNamespace.get(namespace) ?? [],
    selecting: (pod, direction) => {
      const key = `${direction} ${pod.namespace} ${accountOf(pod)}`;
      const byKey = memo.get(pod.labels) ?? new Map<string, readonly Stage[]>();
      memo.set(pod.labels, byKey);
      const known = byKey.get(key);
      if (known !== undefined) return known;
      const candidates = [...everywhere, ...(byNamespace.get(pod.namespace) ?? [])];
      const found = candidates.filter(
        (policy) => policy.direction === direction && selectsPod(policy.subject, pod, namespaces),
      );
      // Those of the whole cluster and those of the namespace are each in their order.
      const selecting = stagesOf(found.sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)));
      byKey.set(key, selecting);
      return selecting;
    },
  };
}

/**
 * The index with some policies in the place of others, for an edit that is tried: nothing is grouped again, and what
 * is not asked for costs nothing.
 * @param change.added NetworkPolicies, whose order means nothing.
 */
export function replacePolicies(
  base: PolicyIndex,
  change: { readonly removed: ReadonlySet<CompiledPolicy>; readonly added: readonly CompiledPolicy[] },
): PolicyIndex {
  const { removed, added } = change;
  const kept = (policies: readonly CompiledPolicy[]) => policies.filter((policy) => !removed.has(policy));
  const among = (policies: readonly CompiledPolicy[], isMeant: (policy: CompiledPolicy) => boolean) => [
    ...kept(policies),
    ...added.filter(isMeant),
  ];
  const memo = new WeakMap<Pod, Partial<Record<Direction, readonly Stage[]>>>();
  const selecting = (pod: Pod, direction: Direction): readonly Stage[] => {
    const before = base.selecting(pod, direction).flatMap((stage) => stage.policies);
    const isMeant = (policy: CompiledPolicy) =>
      policy.direction === direction && selectsPod(policy.subject, pod, base.namespaces);
    return stagesOf(among(before, isMeant).sort(compareRanks));
  };
  return {
    get policies() {
      return among(base.policies, () => true);
    },
    isEmpty: base.policies.length + added.length === removed.size,
    settings: base.settings,
    namespaces: base.namespaces,
    inDocument: (document) => among(base.inDocument(document), ({ origin }) => origin.document === document),
    inNamespace: (namespace) =>
      among(base.inNamespace(namespace), ({ subject }) => subject.namespace === namespace),
    selecting: (pod, direction) => {
      const known = memo.get(pod);
      const stages = known?.[direction] ?? selecting(pod, direction);
      memo.set(pod, { ...known, [direction]: stages });
      return stages;
    },
  };
}

/** Is the pod in the set? Whether it is in a node's network is not looked at. */
export function selectsPod(
  set: PodSet,
  pod: Pick<Pod, 'namespace' | 'labels' | 'spec'>,
  namespaces: ReadonlyMap<string, Namespace>,
): boolean {
  if (set.namespace !== undefined && set.namespace !== pod.namespace) return false;
  if (set.namespaces !== undefined) {
    const labels = namespaces.get(pod.namespace)?.labels ?? NO_LABELS;
    if (!selectorMatches(set.namespaces.selector, labels)) return false;
  }
  if (set.accounts !== undefined && !accountHolds(set.accounts, pod)) return false;
  return set.pods === undefined || selectorMatches(set.pods.selector, pod.labels);
}

/** The name of a pod's service account. */
export function accountOf({ spec }: Pick<Pod, 'spec'>): string {
  return spec.serviceAccountName ?? 'default';
}

/** Is the pod's service account one of those that are selected? */
export function accountHolds({ selector }: Selection, pod: Pick<Pod, 'spec'>): boolean {
  return selectorMatches(selector, new Map([[ACCOUNT_LABEL, accountOf(pod)]]));
}
