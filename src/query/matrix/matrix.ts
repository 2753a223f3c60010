/** The question of `matrix`: who may connect to whom, on which ports. */

import { compareText } from '../../collections/order.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { unmodelledObjects } from '../../k8s/unmodelled.ts';
import { intersectPorts, isEmpty, portSetKey, printPorts } from '../../net/port-set.ts';
import {
  type AtomSet,
  atomRange,
  atomSetKey,
  hasAtom,
  intersectAtoms,
  isNoAtoms,
  listAtoms,
  uniteAtoms,
} from '../../policy/matrix/atom-set.ts';
import type { Block, PolicyMatrix } from '../../policy/matrix/matrix.ts';
import type { PolicyIndex } from '../../policy/policy-index.ts';
import type { AssumptionAnswer, DiagnosticAnswer } from '../answer.ts';
import { assumptionSet } from '../assumptions.ts';
import { objectNamer } from '../namer.ts';
import { tellsPodsApart } from '../policy-addresses.ts';
import { doubtfulNotes, foreignNotes } from '../policy-doubts.ts';
import type { Snapshot } from '../snapshot.ts';
import { diagnosticAnswer, sourceAnswer } from '../source-answer.ts';
import { TOOL } from '../tool.ts';
import { clusterMatrix } from './cluster-matrix.ts';
import { deadSelectors } from './dead-selectors.ts';
import { exposureOf } from './exposure.ts';
import { atomsOfReference } from './focus.ts';
import type {
  ConnectionAnswer,
  GroupAnswer,
  MatrixAnswer,
  OverviewRow,
  PeerAnswer,
} from './matrix-answer.ts';
import { setNamer } from './name-sets.ts';
import { type MatrixFocus, ownNodeRows } from './own-node.ts';
import { parsePorts } from './ports.ts';
import { nameUnits, type Unit, type Units } from './units.ts';

export interface MatrixQuestion {
  /** References: only connections from, and to, what they mean. */
  readonly from?: string;
  readonly to?: string;
  /** `80`, `8000-8090`, `53/udp`: only these ports. */
  readonly port?: string;
  readonly family?: 4 | 6;
  /** Say also what could reach each workload, and what it could reach. */
  readonly exposure?: boolean;
}

/** Told how far the work is: parts that are done, of how many. */
export type Watch = (done: number, total: number) => void;

/** Pairs of peers that are listed one by one; more are listed as groups. */
const MOST_PAIRS = 50_000;
/** Blocks that are kept; of a cluster where every pod is its own class there may be millions. */
const MOST_BLOCKS = 200_000;

/**
 * Computes the matrix.
 * @throws UsageError for a reference or port that means nothing.
 */
export function matrixQuestion(snapshot: Snapshot, question: MatrixQuestion, watch?: Watch): MatrixAnswer {
  const enforced = snapshot.dataplane.cni.facets.policy.enforces;
  const family = question.family ?? snapshot.profile.ipFamilies[0] ?? 4;
  const { matrix, index, pods } = clusterMatrix(snapshot, family);
  const units = nameUnits(matrix.universe);
  const focus = focusOf(snapshot, matrix, question);
  const { blocks, total } = keptBlocks(matrix, focus, watch);
  const ownNode = ownNodeRows({ universe: matrix.universe, units, blocks, focus });
  const merged = mergeBlocks(blocks);
  const namer = setNamer(matrix.universe, units);
  const listed = listConnections(merged, units, namer);
  const overview = merged.map(
    ({ from, to, ports }): OverviewRow => ({ from: namer(from), to: namer(to), ports: printPorts(ports) }),
  );
  return {
    schema: 'k8snet/matrix/1',
    tool: TOOL,
    enforced,
    family,
    summary: {
      workloads: units.units.filter(({ kind }) => kind !== 'range').length,
      pods: pods.length,
      policies: new Set(index.policies.map(({ origin }) => origin)).size,
      ...pairCounts(matrix, units, { snapshot, question, blocks: merged }),
    },
    peers: units.units.map((unit) => peerAnswer(unit, matrix, snapshot)),
    ...listed,
    ...(ownNode.length === 0 ? {} : { ownNode }),
    overview: overview.sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
    ...(question.exposure === true ? { exposure: exposureOf(index, matrix, units) } : {}),
    diagnostics: [
      ...notesOf(snapshot, units, { kept: blocks.length, total }),
      ...deadNotes(snapshot, index, matrix),
      ...(enforced ? unknownNotes(snapshot, index) : []),
    ],
    assumptions: assumptionsOf(snapshot, index),
  };
}

function focusOf(
  snapshot: Snapshot,
  { universe }: Pick<PolicyMatrix, 'universe'>,
  { from, to, port }: MatrixQuestion,
): MatrixFocus {
  return {
    ...(from === undefined
      ? {}
      : { from: atomsOfReference(snapshot, universe, { text: from, role: 'source' }) }),
    ...(to === undefined
      ? {}
      : { to: atomsOfReference(snapshot, universe, { text: to, role: 'destination' }) }),
    ...(port === undefined ? {} : { ports: parsePorts(port) }),
  };
}

function keptBlocks(
  matrix: PolicyMatrix,
  focus: MatrixFocus,
  watch: Watch | undefined,
): { readonly blocks: readonly Block[]; readonly total: number } {
  const blocks: Block[] = [];
  let total = 0;
  for (const block of matrix.blocks(watch)) {
    const focused = inFocus(block, focus);
    if (focused === undefined) continue;
    total++;
    if (blocks.length < MOST_BLOCKS) blocks.push(focused);
  }
  return { blocks, total };
}

function inFocus(block: Block, focus: MatrixFocus): Block | undefined {
  const from = focus.from === undefined ? block.from : intersectAtoms(block.from, focus.from);
  const to = focus.to === undefined ? block.to : intersectAtoms(block.to, focus.to);
  const ports = focus.ports === undefined ? block.ports : intersectPorts(block.ports, focus.ports);
  return isNoAtoms(from) || isNoAtoms(to) || isEmpty(ports) ? undefined : { from, to, ports };
}

/** Blocks of the same sources and ports become one, then those of the same destinations and ports. */
function mergeBlocks(blocks: readonly Block[]): readonly Block[] {
  const byFrom = mergeBy(
    blocks,
    ({ from }) => from,
    (a, b) => ({ ...a, to: uniteAtoms(a.to, b.to) }),
  );
  return mergeBy(
    byFrom,
    ({ to }) => to,
    (a, b) => ({ ...a, from: uniteAtoms(a.from, b.from) }),
  );
}

function mergeBy(
  blocks: readonly Block[],
  keyOf: (block: Block) => AtomSet,
  join: (a: Block, b: Block) => Block,
): readonly Block[] {
  const merged = new Map<string, Block>();
  for (const block of blocks) {
    const key = `${portSetKey(block.ports)} ${atomSetKey(keyOf(block))}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? block : join(known, block));
  }
  return [...merged.values()];
}

/** Pairs of peers one by one, or of groups where there are too many. */
function listConnections(
  blocks: readonly Block[],
  units: Units,
  namer: (set: AtomSet) => string,
): Pick<MatrixAnswer, 'connections' | 'groups'> {
  const members = (set: AtomSet) => listAtoms(set).flatMap((atom) => units.ofAtom[atom] ?? []);
  const size = (set: AtomSet) =>
    listAtoms(set).reduce((sum, atom) => sum + (units.ofAtom[atom]?.length ?? 0), 0);
  const pairs = blocks.reduce((sum, { from, to }) => sum + size(from) * size(to), 0);
  if (pairs <= MOST_PAIRS) {
    const connections = blocks.flatMap(({ from, to, ports }) => {
      const text = printPorts(ports);
      return members(from).flatMap((source) =>
        members(to).flatMap((destination) => connectionOf(units, [source, destination], text)),
      );
    });
    return {
      connections: connections.sort((a, b) => compareText(a.from, b.from) || compareText(a.to, b.to)),
    };
  }
  const groups = new Map<string, GroupAnswer>();
  const idOf = (set: AtomSet): string => {
    const key = atomSetKey(set);
    const known = groups.get(key);
    if (known !== undefined) return known.id;
    const id = `group-${groups.size + 1}`;
    const ids = members(set).map((unit) => units.units[unit]?.id ?? '');
    groups.set(key, { id, text: namer(set), members: ids });
    return id;
  };
  const connections = blocks.map(({ from, to, ports }) => ({
    from: idOf(from),
    to: idOf(to),
    ports: printPorts(ports),
  }));
  return { groups: [...groups.values()], connections };
}

/** A single pod is no pair with itself. */
function connectionOf(
  { units }: Units,
  [source, destination]: readonly [number, number],
  ports: string,
): readonly ConnectionAnswer[] {
  const [from, to] = [units[source], units[destination]];
  if (from === undefined || to === undefined || (source === destination && from.pods < 2)) return [];
  return [{ from: from.id, to: to.id, ports }];
}

interface Counting {
  readonly question: MatrixQuestion;
  readonly snapshot: Snapshot;
  readonly blocks: readonly Block[];
}

/** Ordered pairs of different peers, those from outside to outside left out. */
function pairCounts(
  { universe }: PolicyMatrix,
  units: Units,
  { snapshot, question, blocks }: Counting,
): Pick<MatrixAnswer['summary'], 'pairs' | 'connected'> {
  const { sourcesAt, destinationsAt, atoms } = universe;
  const focus = focusOf(snapshot, { universe }, question);
  const weight = (set: AtomSet) =>
    listAtoms(set).reduce((sum, atom) => sum + (units.ofAtom[atom]?.length ?? 0), 0);
  const counted = (from: AtomSet, to: AtomSet) => {
    const same = weight(intersectAtoms(from, to));
    const outside = (set: AtomSet, start: number, end: number) =>
      weight(intersectAtoms(set, atomRange(start, end)));
    return (
      weight(from) * weight(to) -
      same -
      outside(from, sourcesAt, destinationsAt) * outside(to, destinationsAt, atoms.length)
    );
  };
  const sources = focus.from ?? atomRange(0, destinationsAt);
  const destinations =
    focus.to ?? uniteAtoms(atomRange(0, sourcesAt), atomRange(destinationsAt, atoms.length));
  return {
    pairs: counted(sources, destinations),
    connected: blocks.reduce((sum, { from, to }) => sum + counted(from, to), 0),
  };
}

function peerAnswer(unit: Unit, { isolated, universe }: PolicyMatrix, { objects }: Snapshot): PeerAnswer {
  const { id, kind, atom, namespace, name, workloadKind, pods, hostNetwork, origin } = unit;
  if (kind === 'range') {
    return { id, kind, role: universe.atoms[atom]?.kind === 'source-range' ? 'source' : 'destination' };
  }
  const directions = (['ingress', 'egress'] as const).filter((direction) =>
    hasAtom(isolated[direction], atom),
  );
  return {
    id,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(workloadKind === undefined ? {} : { workloadKind }),
    pods,
    ...(hostNetwork ? { hostNetwork: true } : { isolated: directions }),
    ...(origin === undefined ? {} : { at: sourceAnswer(origin, { namer: objectNamer(objects) }) }),
  };
}

function notesOf(
  { objects }: Snapshot,
  { divided }: Units,
  { kept, total }: { readonly kept: number; readonly total: number },
): readonly DiagnosticAnswer[] {
  const namer = objectNamer(objects);
  const capped: Diagnostic = {
    code: 'matrix-capped',
    severity: 'warning',
    text: `${kept} of ${total} blocks of connections are kept; ask for less with --from, --to or --port`,
    sources: [],
  };
  const notes = divided.filter((parts) => !parts.every(({ hostNetwork }) => hostNetwork)).map(dividedNote);
  return [...(total > kept ? [capped] : []), ...notes].map((note) => diagnosticAnswer(note, namer));
}

/** What policies name and is not there: more often a slip of the pen than meant. */
function deadNotes(
  { objects }: Snapshot,
  index: PolicyIndex,
  matrix: PolicyMatrix,
): readonly DiagnosticAnswer[] {
  const namer = objectNamer(objects);
  const world = { objects, namespaces: index.namespaces, matrix };
  return deadSelectors(world, index.policies).map((note) => diagnosticAnswer(note, namer));
}

/** Policies that say more than the matrix knows, and those that another CNI would know. */
function unknownNotes(snapshot: Snapshot, index: PolicyIndex): readonly DiagnosticAnswer[] {
  const namer = objectNamer(snapshot.objects);
  const notes = [
    ...doubtfulNotes(index.policies),
    ...foreignNotes(snapshot, snapshot.foreignPolicies.policies),
  ];
  return notes.map((note) => diagnosticAnswer(note, namer));
}

/** Addresses that somebody wrote, or labels: policies do not treat the pods of a workload alike. */
function dividedNote(parts: readonly Unit[]): Diagnostic {
  const [first] = parts;
  const at = first?.origin;
  return {
    code: 'workload-divided',
    severity: 'info',
    text: `policies tell the pods of ${first?.id.replace(/\/1$/, '')} apart, by labels or addresses: they are ${parts.length} peers`,
    sources: at === undefined ? [] : [{ at, role: 'primary' }],
  };
}

function assumptionsOf(snapshot: Snapshot, index: PolicyIndex): readonly AssumptionAnswer[] {
  const { cluster, dataplane } = snapshot;
  const set = assumptionSet();
  const hasPolicies = index.policies.length > 0;
  const isGiven = cluster.profile.given.has('cni.enforcesPolicy');
  if (dataplane.cni.source === 'assumed' && hasPolicies && !isGiven)
    set.add('A_POLICY_ENGINE', { decisive: true });
  const blocks = index.policies.flatMap(({ rules }) =>
    rules.flatMap(({ peers = [] }) => peers.flatMap((peer) => (peer.kind === 'block' ? [peer] : []))),
  );
  const invented = cluster.pods.some(({ assumed }) => assumed.ips);
  if (blocks.length > 0 && invented && index.settings.blocksMatch.pods)
    set.add('A_POD_IP', { decisive: blocks.some(tellsPodsApart) });
  const { objects } = snapshot;
  const isForeign = dataplane.cni.source === 'assumed' && snapshot.foreignPolicies.policies.length > 0;
  const isDoubtful = index.policies.some(({ doubtful }) => doubtful);
  if (isForeign || isDoubtful || unmodelledObjects(objects).some(({ concern }) => concern === 'policy'))
    set.add('A_UNMODELLED', { decisive: true });
  return set.list();
}
