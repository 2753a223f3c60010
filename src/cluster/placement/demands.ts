/**
 * Demands: what a pod's specification asks of nodes and of other pods, prepared for many pods at once.
 * Replicas share one; so do all pods that ask for nothing.
 */

import type { PodScheduling } from '../../k8s/kinds/pod-spec.ts';
import type { Labels } from '../../k8s/object.ts';
import type { PodAffinityTerm } from '../../k8s/scheduling/pod-affinity.ts';
import type { TopologySpreadConstraint } from '../../k8s/scheduling/topology-spread.ts';
import type { LabelSelector, SelectorRequirement } from '../../k8s/selector.ts';
import type { NodeFacts } from '../nodes.ts';
import type { Gauge, GaugedPod, Gauges, PodMatcher } from './gauges.ts';
import { type NodeChoice, nodeChoice } from './node-choice.ts';
import { matchesNodeAffinity, toleratesTaints } from './node-rules.ts';
import type { Grouping, PlaceOfNode } from './places.ts';

export interface Weighted {
  readonly gauge: Gauge;
  /** Negative: the pod would rather keep away. */
  readonly weight: number;
}

export interface SpreadRule {
  readonly constraint: TopologySpreadConstraint;
  readonly gauge: Gauge;
  /** The places that count. */
  readonly places: readonly number[];
}

export interface Demand {
  readonly pod: PodScheduling;
  readonly nodes: NodeChoice;
  readonly hardSpread: readonly SpreadRule[];
  readonly softSpread: readonly SpreadRule[];
  /** Each with the pods that all the terms select; undefined: no affinity is required. */
  readonly affinity?: readonly Gauge[];
  /** The same terms, each with the pods that it alone selects. */
  readonly wanted: readonly Gauge[];
  readonly antiAffinity: readonly Gauge[];
  readonly preferred: readonly Weighted[];
}

export interface DemandInput {
  readonly nodes: readonly NodeFacts[];
  readonly places: (label: string, grouping: Grouping) => PlaceOfNode;
  readonly gauges: Gauges;
}

export type ScheduledPod = GaugedPod & { readonly spec: PodScheduling };

const NO_POD: LabelSelector = {
  matchLabels: new Map(),
  matchExpressions: [{ key: '', operator: 'In', values: [] }],
};

/** The demand of a pod, made once for all pods that ask the same. */
export function demandsOf(input: DemandInput): (pod: ScheduledPod) => Demand {
  const demands = new Map<string, Demand>();
  const choices = new Map<string, NodeChoice>();
  const idOf = identities();
  const areTainted = input.nodes.some(({ taints, unschedulable }) => taints.length > 0 || unschedulable);
  return (pod) => {
    const { spec } = pod;
    const { affinity, nodeSelector, tolerations, topologySpread } = spec;
    const nodesId = [
      nodeSelector.size === 0 ? 0 : idOf(nodeSelector),
      idOf(affinity?.node),
      areTainted ? idOf(tolerations) : 0,
    ].join('/');
    const id = asksForPods(spec)
      ? [nodesId, idOf(affinity), idOf(topologySpread), pod.namespace, ...keyedValues(pod)].join('/')
      : nodesId;
    const known = demands.get(id);
    if (known !== undefined) return known;
    const nodes = choices.get(nodesId) ?? nodeChoice(spec, input.nodes);
    choices.set(nodesId, nodes);
    const demand = { pod: spec, nodes, ...podRules(pod, { ...input, id, nodesId }) };
    demands.set(id, demand);
    return demand;
  };
}

/** Does a pod of this specification look at other pods? */
export function asksForPods({ affinity, topologySpread }: PodScheduling): boolean {
  return affinity?.pod !== undefined || affinity?.podAnti !== undefined || topologySpread !== undefined;
}

/** Does one that runs already have a say in where others go? */
export function concernsPods({ affinity }: PodScheduling): boolean {
  return affinity?.pod !== undefined || affinity?.podAnti !== undefined;
}

/** A number for each object: parts of a specification are shared, and so the same, or not. */
function identities(): (part: object | undefined) => number {
  const ids = new WeakMap<object, number>();
  let last = 0;
  return (part) => {
    if (part === undefined) return 0;
    const id = ids.get(part) ?? ++last;
    ids.set(part, id);
    return id;
  };
}

/** The pod's values of labels that its rules take from it. */
function keyedValues({ spec, labels }: ScheduledPod): readonly string[] {
  const { pod, podAnti } = spec.affinity ?? {};
  const terms = [pod, podAnti].flatMap((each) =>
    each === undefined ? [] : [...each.required, ...each.preferred.map(({ term }) => term)],
  );
  const keys = [
    ...terms.flatMap(({ matchLabelKeys, mismatchLabelKeys }) => [...matchLabelKeys, ...mismatchLabelKeys]),
    ...(spec.topologySpread ?? []).flatMap(({ matchLabelKeys }) => matchLabelKeys),
  ];
  return keys.map((key) => `${key}=${labels.get(key)}`);
}

interface RuleInput extends DemandInput {
  readonly id: string;
  readonly nodesId: string;
}

function podRules(pod: ScheduledPod, input: RuleInput): Omit<Demand, 'pod' | 'nodes'> {
  const { affinity, topologySpread = [] } = pod.spec;
  const { pod: near, podAnti: far } = affinity ?? {};
  const gaugeOf = (term: PodAffinityTerm, grouping: Grouping) =>
    termGauge(input, { label: term.topologyKey, grouping, matcher: [partOf(term, pod)] });
  const weighted = (each: typeof near, grouping: Grouping, sign: 1 | -1): readonly Weighted[] =>
    (each?.preferred ?? []).map(({ weight, term }) => ({
      gauge: gaugeOf(term, grouping),
      weight: sign * weight,
    }));
  const required = near?.required ?? [];
  const matcher = required.map((term) => partOf(term, pod));
  const hard = topologySpread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const soft = topologySpread.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway');
  return {
    hardSpread: spreadRules(pod, hard, input),
    softSpread: spreadRules(pod, soft, input),
    ...(required.length === 0
      ? {}
      : {
          affinity: required.map(({ topologyKey: label }) =>
            termGauge(input, { label, grouping: 'together', matcher }),
          ),
        }),
    wanted: required.map((term) => gaugeOf(term, 'together')),
    antiAffinity: (far?.required ?? []).map((term) => gaugeOf(term, 'apart')),
    preferred: [...weighted(near, 'together', 1), ...weighted(far, 'apart', -1)],
  };
}

function termGauge(
  { gauges, places }: DemandInput,
  {
    label,
    grouping,
    matcher,
  }: { readonly label: string; readonly grouping: Grouping; readonly matcher: PodMatcher },
): Gauge {
  return gauges.gauge(`${grouping} ${label} ${matcherId(matcher)}`, () => ({
    matcher,
    places: places(label, grouping),
    skipsTerminating: false,
  }));
}

function matcherId(matcher: PodMatcher): string {
  const selectorId = ({ matchLabels, matchExpressions }: LabelSelector) => [
    [...matchLabels],
    matchExpressions.map(({ key, operator, values }) => [key, operator, values]),
  ];
  return JSON.stringify(
    matcher.map(({ namespaces, inNamespaces, selector }) => [
      namespaces,
      inNamespaces === undefined ? null : selectorId(inNamespaces),
      selectorId(selector),
    ]),
  );
}

/** Source: kubernetes/kube-scheduler:framework/types.go newAffinityTerm, getNamespacesFromPodAffinityTerm. */
function partOf(term: PodAffinityTerm, pod: GaugedPod): PodMatcher[number] {
  const { namespaces, namespaceSelector, selector, matchLabelKeys, mismatchLabelKeys } = term;
  const isOwn = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    namespaces: isOwn ? [pod.namespace] : namespaces,
    ...(namespaceSelector === undefined ? {} : { inNamespaces: namespaceSelector }),
    selector: withKeys(selector, [
      ...sameValues(pod.labels, matchLabelKeys, 'In'),
      ...sameValues(pod.labels, mismatchLabelKeys, 'NotIn'),
    ]),
  };
}

function withKeys(selector: LabelSelector | undefined, more: readonly SelectorRequirement[]): LabelSelector {
  if (selector === undefined) return NO_POD;
  if (more.length === 0) return selector;
  return { ...selector, matchExpressions: [...selector.matchExpressions, ...more] };
}

/** The pod's own values (KEP-3633, KEP-3243); keys that it does not have are left out. */
function sameValues(
  labels: Labels,
  keys: readonly string[],
  operator: 'In' | 'NotIn',
): readonly SelectorRequirement[] {
  return keys.flatMap((key) => {
    const value = labels.get(key);
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}

/**
 * Rules of one sort (hard or soft); a node counts for them if it has the labels of all of them.
 * Source: kubernetes/kubernetes:pkg/scheduler/framework/plugins/podtopologyspread/filtering.go calPreFilterState.
 */
function spreadRules(
  pod: ScheduledPod,
  constraints: readonly TopologySpreadConstraint[],
  { gauges, places, nodes, id, nodesId }: RuleInput,
): readonly SpreadRule[] {
  const all = constraints.map(({ topologyKey }) => places(topologyKey, 'apart'));
  return constraints.map((constraint, index) => {
    const { nodeAffinityPolicy, nodeTaintsPolicy, topologyKey, selector, matchLabelKeys } = constraint;
    const counts = (facts: NodeFacts, at: number) =>
      all.every((each) => (each[at] ?? -1) >= 0) &&
      (nodeAffinityPolicy === 'Ignore' || matchesNodeAffinity(pod.spec, facts)) &&
      (nodeTaintsPolicy === 'Ignore' || toleratesTaints(pod.spec, facts));
    const gaugeId = `spread ${nodesId} ${id} ${topologyKey} ${constraint.whenUnsatisfiable} ${index}`;
    const gauge = gauges.gauge(gaugeId, () => ({
      matcher: [
        {
          namespaces: [pod.namespace],
          selector: withKeys(selector, sameValues(pod.labels, matchLabelKeys, 'In')),
        },
      ],
      places: countedPlaces(all[index] ?? new Int32Array(), nodes, counts),
      skipsTerminating: true,
    }));
    return { constraint, gauge, places: [...new Set(gauge.places)].filter((place) => place >= 0) };
  });
}

/** The same array where every node counts, so that thousands of rules share it. */
function countedPlaces(
  places: PlaceOfNode,
  nodes: readonly NodeFacts[],
  counts: (facts: NodeFacts, at: number) => boolean,
): PlaceOfNode {
  const isOut = nodes.map((facts, at) => (places[at] ?? -1) >= 0 && !counts(facts, at));
  return isOut.includes(true) ? places.map((place, at) => (isOut[at] ? -1 : place)) : places;
}
