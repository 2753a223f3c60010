/**
 * Which nodes a pod may run on because of the pods that are there: topology spread, affinity, anti-affinity.
 * Source: kubernetes/kubernetes:pkg/scheduler/framework/plugins/{podtopologyspread,interpodaffinity}/filtering.go.
 */

import type { Demand, SpreadRule } from './demands.ts';
import type { Gauge } from './gauges.ts';

/** Why a node is out: in the scheduler's words, and with the rule of the pod that is to blame, if it is the pod's. */
export interface PodRefusal {
  readonly reason: string;
  readonly by: 'spread' | 'affinity' | 'antiAffinity' | 'otherPods';
  readonly rule?: SpreadRule;
}

const NO_SPREAD = "node(s) didn't match pod topology spread constraints";
const NO_AFFINITY: PodRefusal = { reason: "node(s) didn't match pod affinity rules", by: 'affinity' };
const NO_ANTI_AFFINITY: PodRefusal = {
  reason: "node(s) didn't match pod anti-affinity rules",
  by: 'antiAffinity',
};
const REFUSED: PodRefusal = {
  reason: "node(s) didn't satisfy existing pods anti-affinity rules",
  by: 'otherPods',
};

/** One rule about the pods in a place: it looks at how many a gauge counts there, and at nothing else. */
interface PlaceRule {
  readonly gauge: Gauge;
  readonly counts: ReadonlyMap<number, number>;
  /** Why nodes in no place of the rule are out. */
  readonly outside: PodRefusal | undefined;
  /** Why nodes in a place with so many pods are out. */
  readonly refusalOf: (count: number) => PodRefusal | undefined;
}

/**
 * A function that says why the pod may not run on a node (by index) because of others; undefined: it may.
 * @param selecting the gauges that select the pod itself.
 */
export function podRefusals(
  demand: Demand,
  selecting: readonly Gauge[],
): (node: number) => PodRefusal | undefined {
  const rules = placeRules(demand, selecting);
  return (node) => {
    for (const { gauge, counts, outside, refusalOf } of rules) {
      const place = placeAt(gauge, node);
      const refusal = place < 0 ? outside : refusalOf(countAt(counts, place));
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  };
}

/**
 * Those of the nodes (by index) on which the pod may run beside others. Each rule is asked once for a place
 * without pods and once for each place with some; for a node that leaves a look into a table.
 * @param total how many nodes, and so at most how many places, there are.
 */
export function nodesBeside(
  demand: Demand,
  selecting: readonly Gauge[],
  { candidates, total }: { readonly candidates: readonly number[]; readonly total: number },
): readonly number[] {
  let left = candidates;
  for (const rule of placeRules(demand, selecting)) {
    const refused = refusedPlaces(rule, total);
    const { places } = rule.gauge;
    if (refused !== undefined) left = left.filter((node) => refused[(places[node] ?? -1) + 1] === 0);
  }
  return left;
}

/** By place, behind an entry for nodes in no place: 1 where the rule refuses. undefined: it refuses nowhere. */
function refusedPlaces({ counts, outside, refusalOf }: PlaceRule, total: number): Uint8Array | undefined {
  const isRefused = (refusal: PodRefusal | undefined) => (refusal === undefined ? 0 : 1);
  const whereNone = isRefused(refusalOf(0));
  if (whereNone === 0 && outside === undefined && counts.size === 0) return undefined;
  const refused = new Uint8Array(total + 1).fill(whereNone);
  refused[0] = isRefused(outside);
  for (const [place, count] of counts) refused[place + 1] = isRefused(refusalOf(count));
  return refused;
}

/** In the order in which the scheduler asks. */
function placeRules(demand: Demand, selecting: readonly Gauge[]): readonly PlaceRule[] {
  const { hardSpread, affinity = [], antiAffinity } = demand;
  const mayBeFirst = isFirst(demand, selecting);
  const some = (refusal: PodRefusal) => (count: number) => (count > 0 ? refusal : undefined);
  const none = (count: number) => (count > 0 || mayBeFirst ? undefined : NO_AFFINITY);
  return [
    ...hardSpread.map((rule) => spreadRule(rule, selecting)),
    ...affinity.map((gauge) => ({
      gauge,
      counts: gauge.selected,
      outside: NO_AFFINITY,
      refusalOf: none,
    })),
    ...antiAffinity.map((gauge) => ({
      gauge,
      counts: gauge.selected,
      outside: undefined,
      refusalOf: some(NO_ANTI_AFFINITY),
    })),
    ...selecting.map((gauge) => ({
      gauge,
      counts: gauge.refusers,
      outside: undefined,
      refusalOf: some(REFUSED),
    })),
  ];
}

/** The node's place; -1 outside all of them. */
export function placeAt(gauge: Gauge, node: number): number {
  return gauge.places[node] ?? -1;
}

/** The count of a place. */
export function countAt(counts: ReadonlyMap<number, number>, place: number): number {
  return counts.get(place) ?? 0;
}

function spreadRule(rule: SpreadRule, selecting: readonly Gauge[]): PlaceRule {
  const most = mostPods(rule, selecting);
  const full: PodRefusal = { reason: NO_SPREAD, by: 'spread', rule };
  return {
    gauge: rule.gauge,
    counts: rule.gauge.selected,
    outside: { reason: `${NO_SPREAD} (missing required label)`, by: 'spread', rule },
    refusalOf: (count) => (count > most ? full : undefined),
  };
}

function mostPods({ constraint, gauge, places }: SpreadRule, selecting: readonly Gauge[]): number {
  let fewest = places.length === 0 ? 0 : Number.POSITIVE_INFINITY;
  for (const place of places) fewest = Math.min(fewest, countAt(gauge.selected, place));
  if (places.length < constraint.minDomains) fewest = 0;
  return constraint.maxSkew + fewest - (selecting.includes(gauge) ? 1 : 0);
}

/** The first of a series that wants its own kind beside it finds nobody, and is let in. */
function isFirst({ affinity = [] }: Demand, selecting: readonly Gauge[]): boolean {
  return affinity.every((gauge) => gauge.selected.size === 0 && selecting.includes(gauge));
}
