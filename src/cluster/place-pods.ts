/**
 * Pods to nodes (assumption A_NODES). A pod that nobody placed goes, in the order of names, to the node
 * whose range holds its known address; else, of the nodes that the scheduler's rules allow, to one of those
 * that its preferences like best, there to the emptiest, ties by name.
 */

import type { Labels } from '../k8s/object.ts';
import { hostCidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import { prefixTable } from '../net/prefix-table.ts';
import type { PodKey } from './cluster.ts';
import type { NodeFacts } from './nodes.ts';
import { asksForPods, concernsPods, type Demand, demandsOf } from './placement/demands.ts';
import { emptiestOf } from './placement/emptiest.ts';
import { addAt, type Gauge, gaugeIndex } from './placement/gauges.ts';
import type { NodeChoice } from './placement/node-choice.ts';
import { placesOf } from './placement/places.ts';
import { nodesBeside, podRefusals } from './placement/pod-rules.ts';
import { nodeScores, scoresOf } from './placement/scores.ts';
import { explainUnplaced, type UnplacedPod } from './placement/unplaced.ts';
import type { PodDraft } from './pod-draft.ts';

export interface PlacementInput {
  /** In the order of their keys. */
  readonly drafts: readonly PodDraft[];
  readonly nodes: readonly NodeFacts[];
  /** Nodes of pods that show theirs without naming it. */
  readonly shown: ReadonlyMap<PodKey, string>;
  /** The labels of a namespace. */
  readonly namespaceLabels: (namespace: string) => Labels;
}

export interface Placement {
  /** Every pod that has a node. */
  readonly nodeOf: ReadonlyMap<PodKey, string>;
  /** Pods that no node fits; they stay Pending. */
  readonly unplaced: readonly UnplacedPod[];
}

/** Places what is not placed yet. */
export function placePods(input: PlacementInput): Placement {
  const scheduler = schedulerFor(input);
  const nodeOf = new Map<PodKey, string>();
  const unplaced: UnplacedPod[] = [];
  const nodeOfAddress = addressOwners(input.nodes);
  const waiting: PodDraft[] = [];
  for (const draft of input.drafts) {
    const name = draft.node ?? input.shown.get(draft.key) ?? nodeOfAddress(draft);
    if (name === undefined) {
      if (draft.phase === 'Running') waiting.push(draft);
      continue;
    }
    nodeOf.set(draft.key, name);
    scheduler.occupy(draft, name);
  }
  for (const draft of waiting) {
    const name = scheduler.choose(draft);
    if (name === undefined) unplaced.push(scheduler.explain(draft));
    else {
      nodeOf.set(draft.key, name);
      scheduler.occupy(draft, name);
    }
  }
  return { nodeOf, unplaced };
}

interface Scheduler {
  /** Counts a pod on its node; one that has ended takes no room. */
  occupy(draft: PodDraft, node: string): void;
  /** The node for a pod; undefined when none fits. */
  choose(draft: PodDraft): string | undefined;
  /** Why none fits. */
  explain(draft: PodDraft): UnplacedPod;
}

function schedulerFor({ drafts, nodes, namespaceLabels }: PlacementInput): Scheduler {
  const gauges = gaugeIndex(namespaceLabels);
  const demandOf = demandsOf({ nodes, places: placesOf(nodes), gauges });
  // Every rule has its gauge before the first pod is counted.
  for (const draft of drafts) if (movesGauges(draft)) demandOf(draft);
  const indexOf = new Map(nodes.map(({ node }, index) => [node.name, index]));
  const load = new Int32Array(nodes.length);
  const emptiest = emptiestByChoice(nodes, load);
  return {
    occupy(draft, name) {
      const at = indexOf.get(name);
      if (at === undefined || draft.phase === 'Finished') return;
      load[at] = (load[at] ?? 0) + 1;
      for (const gauge of gauges.selecting(draft)) {
        if (!(gauge.skipsTerminating && draft.terminating)) addAt(gauge.selected, gauge.places[at], 1);
      }
      if (concernsPods(draft.spec)) moveOwnGauges(demandOf(draft), at);
    },
    choose(draft) {
      const demand = demandOf(draft);
      const selecting = gauges.selecting(draft);
      const at = looksAtPods(demand, selecting)
        ? bestNode(demand, selecting, { nodes, load })
        : emptiest(demand.nodes);
      return at === undefined ? undefined : nodes[at]?.node.name;
    },
    explain: (draft) =>
      explainUnplaced(draft, { nodes, refusalOfPods: podRefusals(demandOf(draft), gauges.selecting(draft)) }),
  };
}

/** A pod that is placed has no use for its own spread rules: they do not concern others. */
function movesGauges({ spec, node, phase }: PodDraft): boolean {
  return phase !== 'Finished' && (node === undefined ? asksForPods(spec) : concernsPods(spec));
}

/** How much an existing pod's required affinity is worth to a new one (hardPodAffinityWeight). */
const HARD_PULL = 1;

function moveOwnGauges({ antiAffinity, preferred, wanted }: Demand, node: number): void {
  for (const gauge of antiAffinity) addAt(gauge.refusers, gauge.places[node], 1);
  for (const { gauge, weight } of preferred) addAt(gauge.pull, gauge.places[node], weight);
  for (const gauge of wanted) addAt(gauge.pull, gauge.places[node], HARD_PULL);
}

/** Has the pod rules about other pods, or they about it? */
function looksAtPods(demand: Demand, selecting: readonly Gauge[]): boolean {
  const { hardSpread, softSpread, affinity, antiAffinity, preferred } = demand;
  return (
    affinity !== undefined ||
    hardSpread.length + softSpread.length + antiAffinity.length + preferred.length > 0 ||
    selecting.some(({ refusers, pull }) => refusers.size + pull.size > 0)
  );
}

interface Occupation {
  readonly nodes: readonly NodeFacts[];
  /** Pods by node index. */
  readonly load: Int32Array;
}

function bestNode(
  demand: Demand,
  selecting: readonly Gauge[],
  { nodes, load }: Occupation,
): number | undefined {
  const { candidates } = demand.nodes;
  const fitting = nodesBeside(demand, selecting, { candidates, total: nodes.length });
  const allowed = withoutSpare(fitting, nodes);
  return emptiestOf(best(allowed, scoresOf(demand, selecting, allowed)), load)();
}

/** Spare nodes are for pods that fit no other; they are the last ones. */
function withoutSpare(candidates: readonly number[], nodes: readonly NodeFacts[]): readonly number[] {
  if (nodes.at(-1)?.spare !== true) return candidates;
  const regular = candidates.filter((node) => nodes[node]?.spare === false);
  return regular.length > 0 ? regular : candidates;
}

function best(nodes: readonly number[], scores: ArrayLike<number> | undefined): readonly number[] {
  if (scores === undefined) return nodes;
  let most = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < nodes.length; index++) most = Math.max(most, scores[index] ?? most);
  return nodes.filter((_, index) => scores[index] === most);
}

/** The emptiest of the nodes that a specification likes best; replicas share one search. */
function emptiestByChoice(
  nodes: readonly NodeFacts[],
  load: Int32Array,
): (choice: NodeChoice) => number | undefined {
  const searches = new Map<NodeChoice, () => number | undefined>();
  return (choice) => {
    const known = searches.get(choice);
    if (known !== undefined) return known();
    const allowed = withoutSpare(choice.candidates, nodes);
    const parts = nodeScores(choice, allowed);
    const scores = allowed.map((_, index) => parts.reduce((sum, part) => sum + (part[index] ?? 0), 0));
    const search = emptiestOf(best(allowed, scores), load);
    searches.set(choice, search);
    return search();
  };
}

/** Which node a pod's known address leads to: its range holds it, or it is the node's own. */
function addressOwners(nodes: readonly NodeFacts[]): (draft: PodDraft) => string | undefined {
  const names = (entries: readonly NodeFacts[]) => entries.map(({ node }) => node);
  const ranges = prefixTable(
    names(nodes).flatMap(({ name, podCidrs }) => podCidrs.map((cidr) => [cidr, name] as const)),
  );
  const own = prefixTable(
    names(nodes).flatMap(({ name, addresses }) => addresses.map((ip) => [hostCidr(ip), name] as const)),
  );
  return ({ knownIps, spec, phase }) => {
    const ip: Ip | undefined = knownIps[0];
    if (ip === undefined || phase !== 'Running') return undefined;
    return (spec.hostNetwork ? own : ranges).lookup(ip);
  };
}
