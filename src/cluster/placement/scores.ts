/**
 * How much a pod likes each node that it fits: the scheduler's scores, 0 to 100 a plugin, with the weights
 * of its default profile. Source: kubernetes/kubernetes:pkg/scheduler/apis/config/v1/default_plugins.go,
 * pkg/scheduler/framework/plugins/{tainttoleration,nodeaffinity,podtopologyspread,interpodaffinity}/scoring.go,
 * plugins/helper/normalize_score.go.
 */

import type { Demand, SpreadRule } from './demands.ts';
import type { Gauge } from './gauges.ts';
import type { NodeChoice } from './node-choice.ts';
import { countAt, placeAt } from './pod-rules.ts';

const MOST = 100;
const WEIGHT = { taints: 3, nodeAffinity: 2, spread: 2, podAffinity: 2 } as const;
const HOSTNAME = 'kubernetes.io/hostname';

/**
 * The scores of the nodes (by index), in their order, good for comparing them with each other; undefined: the pod
 * likes all of them the same.
 */
export function scoresOf(
  demand: Demand,
  selecting: readonly Gauge[],
  nodes: readonly number[],
): ArrayLike<number> | undefined {
  const own = [...nodeScores(demand.nodes, nodes), ...spreadScores(demand.softSpread, nodes)];
  const raw = podAffinityCounts(demand, selecting, nodes);
  if (own.length === 0) return raw;
  const [first, ...others] = raw === undefined ? own : [...own, podAffinityScores(raw)];
  if (first === undefined || others.length === 0) return first;
  return first.map((score, index) => others.reduce((sum, part) => sum + (part[index] ?? 0), score));
}

/** What is liked about the nodes themselves. */
export function nodeScores(
  { preference, avoided }: NodeChoice,
  nodes: readonly number[],
): readonly (readonly number[])[] {
  const of = (values: readonly number[]) => nodes.map((node) => values[node] ?? 0);
  const parts: (readonly number[])[] = [];
  if (avoided !== undefined) {
    const normal = shareOfMost(of(avoided));
    parts.push(normal.map((score) => WEIGHT.taints * (MOST - score)));
  }
  if (preference !== undefined) {
    parts.push(shareOfMost(of(preference)).map((score) => WEIGHT.nodeAffinity * score));
  }
  return parts;
}

/** Whole hundredths of the largest. */
function shareOfMost(scores: readonly number[]): readonly number[] {
  const most = largest(scores);
  return most === 0 ? scores : scores.map((score) => Math.trunc((score * MOST) / most));
}

function spreadScores(
  rules: readonly SpreadRule[],
  nodes: readonly number[],
): readonly (readonly number[])[] {
  if (rules.length === 0) return [];
  const isIn = (node: number) => rules.every(({ gauge }) => placeAt(gauge, node) >= 0);
  const counted = nodes.filter(isIn);
  const weights = rules.map(({ constraint, gauge }) => {
    const { size } = new Set(counted.map((node) => placeAt(gauge, node)));
    return Math.log((constraint.topologyKey === HOSTNAME ? counted.length : size) + 2);
  });
  const raw = nodes.map((node) => {
    if (!isIn(node)) return undefined;
    const parts = rules.map(({ constraint, gauge }, index) => {
      const count = countAt(gauge.selected, placeAt(gauge, node));
      return count * (weights[index] ?? 0) + constraint.maxSkew - 1;
    });
    return Math.round(parts.reduce((sum, part) => sum + part, 0));
  });
  const known = raw.filter((score) => score !== undefined);
  const [most, least] = [largest(known), smallest(known)];
  return [
    raw.map((score) => {
      if (score === undefined) return 0;
      const normal = most === 0 ? MOST : Math.trunc((MOST * (most + least - score)) / most);
      return WEIGHT.spread * normal;
    }),
  ];
}

/** What the pod wants of others, and what they want of it; undefined: the same everywhere. */
function podAffinityCounts(
  { preferred }: Demand,
  selecting: readonly Gauge[],
  nodes: readonly number[],
): Float64Array | undefined {
  const pulling = selecting.filter(({ pull }) => pull.size > 0);
  const wanted = preferred.filter(({ gauge }) => gauge.selected.size > 0);
  if (pulling.length + wanted.length === 0) return undefined;
  const raw = new Float64Array(nodes.length);
  for (const { gauge, weight } of wanted) addCounts(raw, { nodes, gauge, counts: gauge.selected, weight });
  for (const gauge of pulling) addCounts(raw, { nodes, gauge, counts: gauge.pull, weight: 1 });
  return raw.some((score) => score !== raw[0]) ? raw : undefined;
}

/** On the scheduler's scale. Alone they need none: it keeps their order, and who is first. */
function podAffinityScores(raw: Float64Array): readonly number[] {
  const [most, least] = [largest(raw), smallest(raw)];
  const scores: number[] = [];
  for (const score of raw) {
    scores.push(WEIGHT.podAffinity * Math.trunc((MOST * (score - least)) / (most - least)));
  }
  return scores;
}

interface Counted {
  readonly nodes: readonly number[];
  readonly gauge: Gauge;
  readonly counts: ReadonlyMap<number, number>;
  readonly weight: number;
}

/** Few places have pods: their counts go into a table first, since nodes are many. */
function addCounts(scores: Float64Array, { nodes, gauge: { places }, counts, weight }: Counted): void {
  const byPlace = new Float64Array(places.length + 1);
  for (const [place, count] of counts) byPlace[place + 1] = weight * count;
  for (let index = 0; index < nodes.length; index++) {
    const place = places[nodes[index] ?? -1] ?? -1;
    scores[index] = (scores[index] ?? 0) + (byPlace[place + 1] ?? 0);
  }
}

function largest(values: ArrayLike<number>): number {
  let most = values[0] ?? 0;
  for (let index = 1; index < values.length; index++) most = Math.max(most, values[index] ?? most);
  return most;
}

function smallest(values: ArrayLike<number>): number {
  let least = values[0] ?? 0;
  for (let index = 1; index < values.length; index++) least = Math.min(least, values[index] ?? least);
  return least;
}
