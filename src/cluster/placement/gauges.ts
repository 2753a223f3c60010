/**
 * Gauges: how many pods that a rule selects lie in each place. A rule of one pod looks at the gauge instead
 * of at other pods, and a pod that is placed moves the gauges that select it. Gauges are found by namespace
 * and label, so that neither pods nor rules are ever compared all with all.
 */

import { addTo } from '../../collections/grouping.ts';
import type { Labels } from '../../k8s/object.ts';
import { type LabelSelector, selectorMatches } from '../../k8s/selector.ts';
import type { PlaceOfNode } from './places.ts';

/** Pods that a rule selects; a pod must meet every part. */
export type PodMatcher = readonly {
  /** Namespaces by name; those that `inNamespaces` selects come on top. */
  readonly namespaces: readonly string[];
  readonly inNamespaces?: LabelSelector;
  readonly selector: LabelSelector;
}[];

export interface Gauge {
  readonly matcher: PodMatcher;
  readonly places: PlaceOfNode;
  /** Pods that are being deleted do not count for topology spread. */
  readonly skipsTerminating: boolean;
  /** Selected pods by place, and in all places together. */
  readonly selected: Map<number, number>;
  /** Pods by place that refuse selected pods beside them (required anti-affinity). */
  readonly refusers: Map<number, number>;
  /** By place: how much the pods there want selected pods beside them; negative: how much not. */
  readonly pull: Map<number, number>;
}

/** What a gauge looks at in a pod. */
export interface GaugedPod {
  readonly namespace: string;
  readonly labels: Labels;
}

export interface Gauges {
  /** The gauge of that id, made when first asked for. */
  gauge(id: string, make: () => Pick<Gauge, 'matcher' | 'places' | 'skipsTerminating'>): Gauge;
  /** The gauges that select the pod. */
  selecting(pod: GaugedPod): readonly Gauge[];
}

const NONE: readonly Gauge[] = [];
const ANY_NAMESPACE = '*';

/** @param labelsOf the labels of a namespace. */
export function gaugeIndex(labelsOf: (namespace: string) => Labels): Gauges {
  const byId = new Map<string, Gauge>();
  const buckets = new Map<string, Gauge[]>();
  const cache = new Map<string, WeakMap<Labels, readonly Gauge[]>>();
  return {
    gauge(id, make) {
      const known = byId.get(id);
      if (known !== undefined) return known;
      const gauge: Gauge = { ...make(), selected: new Map(), refusers: new Map(), pull: new Map() };
      byId.set(id, gauge);
      cache.clear();
      for (const key of bucketKeys(gauge.matcher)) addTo(buckets, key, gauge);
      return gauge;
    },
    selecting(pod) {
      if (byId.size === 0) return NONE;
      const ofNamespace = cache.get(pod.namespace) ?? new WeakMap<Labels, readonly Gauge[]>();
      cache.set(pod.namespace, ofNamespace);
      const found =
        ofNamespace.get(pod.labels) ??
        candidates(buckets, pod).filter(({ matcher }) => matches(matcher, pod, labelsOf));
      ofNamespace.set(pod.labels, found);
      return found;
    },
  };
}

/** Moves a gauge's count at the node's place. */
export function addAt(counts: Map<number, number>, place: number | undefined, amount: number): void {
  if (place !== undefined && place >= 0) counts.set(place, (counts.get(place) ?? 0) + amount);
}

function matches(
  matcher: PodMatcher,
  { namespace, labels }: GaugedPod,
  labelsOf: (namespace: string) => Labels,
): boolean {
  return matcher.every(
    ({ namespaces, inNamespaces, selector }) =>
      (namespaces.includes(namespace) ||
        (inNamespaces !== undefined && selectorMatches(inNamespaces, labelsOf(namespace)))) &&
      selectorMatches(selector, labels),
  );
}

/** Where a gauge is filed: under each namespace, and there under labels that every selected pod has. */
function bucketKeys([first]: PodMatcher): readonly string[] {
  if (first === undefined) return [];
  const { namespaces, inNamespaces, selector } = first;
  const scopes = inNamespaces === undefined ? namespaces : [ANY_NAMESPACE];
  const pairs = labelPairs(selector);
  return scopes.flatMap((scope) =>
    pairs === undefined ? [scope] : pairs.map((pair) => `${scope}\n${pair}`),
  );
}

/** Labels of which every selected pod has one; undefined: no label is sure. */
function labelPairs({ matchLabels, matchExpressions }: LabelSelector): readonly string[] | undefined {
  const [pair] = matchLabels;
  if (pair !== undefined) return [`${pair[0]}=${pair[1]}`];
  const oneOf = matchExpressions.find(({ operator }) => operator === 'In');
  return oneOf?.values.map((value) => `${oneOf.key}=${value}`);
}

function candidates(
  buckets: ReadonlyMap<string, readonly Gauge[]>,
  { namespace, labels }: GaugedPod,
): readonly Gauge[] {
  const found = new Set<Gauge>();
  for (const scope of [namespace, ANY_NAMESPACE]) {
    for (const gauge of buckets.get(scope) ?? NONE) found.add(gauge);
    for (const [key, value] of labels) {
      for (const gauge of buckets.get(`${scope}\n${key}=${value}`) ?? NONE) found.add(gauge);
    }
  }
  return [...found];
}
