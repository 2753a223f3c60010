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
import { portBook, wantsHostPorts } from './placement/host-ports.ts';
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
  const place = (draft: PodDraft, name: string) => {
    nodeOf.set(draft.key, name);
    scheduler.occupy(draft, name);
  };
  const { known, pinned, waiting } = sortedOut(input);
  for (const [draft, name] of known) place(draft, name);
  for (const [draft, name] of pinned) {
    const refused = scheduler.explainPinned(draft, name);
    if (refused === undefined) place(draft, name);
    else unplaced.push(refused);
  }
  for (const draft of waiting) {
    const name = scheduler.choose(draft);
    if (name === undefined) unplaced.push(scheduler.explain(draft));
    else place(draft, name);
  }
  return { nodeOf, unplaced };
}

type OnNode = readonly [PodDraft, node: string];

interface SortedDrafts {
  /** Those that are on their node, whatever others think of it. */
  readonly known: readonly OnNode[];
  /** Those that are meant for a node, and asked for their host ports. */
  readonly pinned: readonly OnNode[];
  readonly waiting: readonly PodDraft[];
}

function sortedOut({ drafts, nodes, shown }: PlacementInput): SortedDrafts {
  const nodeOfAddress = addressOwners(nodes);
  const known: OnNode[] = [];
  const pinned: OnNode[] = [];
  const waiting: PodDraft[] = [];
  for (const draft of drafts) {
    const name = draft.node ?? shown.get(draft.key) ?? nodeOfAddress(draft);
    if (name !== undefined) (mustFindPorts(draft) ? pinned : known).push([draft, name]);
    else if (draft.phase === 'Running') waiting.push(draft);
  }
  return { known, pinned, waiting };
}

interface Scheduler {
  /** Counts a pod on its node; one that has ended takes no room. */
  occupy(draft: PodDraft, node: string): void;
  /** The node for a pod; undefined when none fits. */
  choose(draft: PodDraft): string | undefined;
  /** Why none fits. */
  explain(draft: PodDraft): UnplacedPod;
  /** Why a pod that is meant for one node may not run there; undefined: it may. */
  explainPinned(draft: PodDraft, node: string): UnplacedPod | undefined;
}

/**
 * A pod that a DaemonSet or nodeName binds to its node is still asked for its host ports, by the scheduler or by the
 * kubelet (kubernetes/kubernetes:pkg/kubelet/lifecycle/predicate.go generalFilter). One that has run shows an address.
 */
function mustFindPorts({ knownIps, phase, spec }: PodDraft): boolean {
  return phase === 'Running' && knownIps.length === 0 && wantsHostPorts(spec);
}

function schedulerFor({ drafts, nodes, namespaceLabels }: PlacementInput): Scheduler {
  const gauges = gaugeIndex(namespaceLabels);
  const demandOf = demandsOf({ nodes, places: placesOf(nodes), gauges });
  // Every rule has its gauge before the first pod is counted.
  for (const draft of drafts) if (movesGauges(draft)) demandOf(draft);
  const indexOf = new Map(nodes.map(({ node }, index) => [node.name, index]));
  const load = new Int32Array(nodes.length);
  const emptiest = emptiestByChoice(nodes, load);
  const ports = portBook();
  return {
    occupy(draft, name) {
      const at = indexOf.get(name);
      if (at === undefined || draft.phase === 'Finished') return;
      load[at] = (load[at] ?? 0) + 1;
      ports.occupy(draft, at);
      for (const gauge of gauges.selecting(draft)) {
        if (!(gauge.skipsTerminating && draft.terminating)) addAt(gauge.selected, gauge.places[at], 1);
      }
      if (concernsPods(draft.spec)) moveOwnGauges(demandOf(draft), at);
    },
    choose(draft) {
      const demand = demandOf(draft);
      const selecting = gauges.selecting(draft);
      const needsPorts = wantsHostPorts(draft.spec);
      // Every node is asked for its ports: pods with host ports are no more than nodes.
      const hasPorts = (node: number) => !needsPorts || ports.refusalOf(draft.spec, node) === undefined;
      const at =
        needsPorts || looksAtPods(demand, selecting)
          ? bestNode(demand, selecting, { nodes, load, hasPorts })
          : emptiest(demand.nodes);
      return at === undefined ? undefined : nodes[at]?.node.name;
    },
    explain(draft) {
      const refusalOfPods = podRefusals(demandOf(draft), gauges.selecting(draft));
      const refusalOfOthers = (node: number) => ports.refusalOf(draft.spec, node) ?? refusalOfPods(node);
      return explainUnplaced(draft, { nodes, refusalOfOthers });
    },
    explainPinned(draft, name) {
      const at = indexOf.get(name);
      const facts = at === undefined ? undefined : nodes[at];
      const refusal = at === undefined ? undefined : ports.refusalOf(draft.spec, at);
      if (facts === undefined || refusal === undefined) return undefined;
      return { draft, pinnedTo: name, refused: [{ facts, refusal }], isCrowdedOut: false };
    },
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
  /** Has the node (by index) the host ports that the pod wants? */
  readonly hasPorts: (node: number) => boolean;
}

function bestNode(
  demand: Demand,
  selecting: readonly Gauge[],
  { nodes, load, hasPorts }: Occupation,
): number | undefined {
  const candidates = demand.nodes.candidates.filter(hasPorts);
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
