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

/**
 * A function that says why the pod may not run on a node (by index) because of others; undefined: it may.
 * @param selecting the gauges that select the pod itself.
 */
export function podRefusals(
  demand: Demand,
  selecting: readonly Gauge[],
): (node: number) => PodRefusal | undefined {
  const spread = demand.hardSpread.map((rule) => spreadLimit(rule, selecting));
  const refusing = selecting.filter(({ refusers }) => refusers.size > 0);
  const mayBeFirst = isFirst(demand, selecting);
  return (node) => {
    for (const { rule, most, unlabelled, full } of spread) {
      const place = placeAt(rule.gauge, node);
      if (place < 0) return unlabelled;
      if (countAt(rule.gauge.selected, place) > most) return full;
    }
    if (demand.affinity !== undefined && !hasCompany(demand.affinity, node, mayBeFirst)) return NO_AFFINITY;
    if (demand.antiAffinity.some((gauge) => isThere(gauge, gauge.selected, node))) return NO_ANTI_AFFINITY;
    return refusing.some((gauge) => isThere(gauge, gauge.refusers, node)) ? REFUSED : undefined;
  };
}

/** The node's place; -1 outside all of them. */
export function placeAt(gauge: Gauge, node: number): number {
  return gauge.places[node] ?? -1;
}

/** The count of a place. */
export function countAt(counts: ReadonlyMap<number, number>, place: number): number {
  return counts.get(place) ?? 0;
}

interface SpreadLimit {
  readonly rule: SpreadRule;
  /** How many selected pods a place may have before the pod comes. */
  readonly most: number;
  readonly unlabelled: PodRefusal;
  readonly full: PodRefusal;
}

function spreadLimit(rule: SpreadRule, selecting: readonly Gauge[]): SpreadLimit {
  return {
    rule,
    most: mostPods(rule, selecting),
    unlabelled: { reason: `${NO_SPREAD} (missing required label)`, by: 'spread', rule },
    full: { reason: NO_SPREAD, by: 'spread', rule },
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

function hasCompany(affinity: readonly Gauge[], node: number, mayBeFirst: boolean): boolean {
  if (affinity.some((gauge) => placeAt(gauge, node) < 0)) return false;
  return mayBeFirst || affinity.every((gauge) => countAt(gauge.selected, placeAt(gauge, node)) > 0);
}

function isThere(gauge: Gauge, counts: ReadonlyMap<number, number>, node: number): boolean {
  const place = placeAt(gauge, node);
  return place >= 0 && countAt(counts, place) > 0;
}
