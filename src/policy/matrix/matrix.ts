/**
 * The policy matrix: who may connect to whom, on exactly which ports, as blocks of sources, destinations and
 * ports. Work is done for classes of pods and sets of policies; pairs are never walked one by one.
 */

import { ALL_PORTS, intersectPorts, isEmpty, type PortSet } from '../../net/port-set.ts';
import type { Direction, PodSet } from '../policy.ts';
import type { PolicyIndex } from '../policy-index.ts';
import { type AtomSet, atomRange, intersectAtoms, isNoAtoms, listAtoms, uniteAtoms } from './atom-set.ts';
import { atomFinders, everyPeer, type PeerAtoms, type WorkCount } from './peer-atoms.ts';
import { type Cell, type RowGroup, rowsOf } from './rows.ts';
import { buildUniverse, type Universe, type UniverseInput } from './universe.ts';

/** Every source may connect to every destination on these ports. Blocks of a matrix share no pair. */
export interface Block {
  readonly from: AtomSet;
  readonly to: AtomSet;
  /** Never empty. */
  readonly ports: PortSet;
}

export interface PolicyMatrix {
  readonly universe: Universe;
  /** Who is isolated, by direction: pod classes alone. */
  readonly isolated: Readonly<Record<'ingress' | 'egress', AtomSet>>;
  readonly work: WorkCount;
  /** The pod classes of a set of pods. */
  readonly podsOf: (set: PodSet) => AtomSet;
  /** The peers of a rule, pods, nodes and outside ranges. */
  readonly peersOf: PeerAtoms;
  /** All blocks; they are made while they are read. `watch` is told how many of the rows are done. */
  blocks(watch?: (done: number, total: number) => void): Generator<Block>;
}

/** Computes the rows of both directions; blocks follow on demand. */
export function policyMatrix(
  input: Omit<UniverseInput, 'policies'> & { readonly index: PolicyIndex },
): PolicyMatrix {
  const work: WorkCount = { selectorTests: 0, rows: 0 };
  const { index } = input;
  const universe = buildUniverse({ ...input, policies: index.policies });
  const finders = atomFinders({ universe, namespaces: index.namespaces, settings: input.settings, work });
  const rows = { universe, policies: index.policies, ...finders, work };
  const egress = rowsOf(rows, 'egress');
  const ingress = rowsOf(rows, 'ingress');
  const isolated = (groups: readonly RowGroup[]) =>
    groups
      .filter((group) => group.isolated)
      .reduce((set, { members }) => uniteAtoms(set, members), atomRange(0, 0));
  return {
    universe,
    isolated: { egress: isolated(egress), ingress: isolated(ingress) },
    work,
    podsOf: finders.subjectsOf,
    peersOf: finders.peersOf,
    blocks: (watch) => blocksOf(universe, { egress, ingress }, watch),
  };
}

/**
 * Egress rows meet ingress rows. Sources that are no pods have no egress row, destinations that are no pods no
 * ingress row; an outside address to another is nobody's business.
 */
function* blocksOf(
  universe: Universe,
  { egress, ingress }: Readonly<Record<Direction, readonly RowGroup[]>>,
  watch?: (done: number, total: number) => void,
): Generator<Block> {
  const receivers = receiverIndex(universe, ingress);
  const senders = [...egress, ...openSources(universe)];
  for (const [done, { members, cells }] of senders.entries()) {
    watch?.(done, senders.length);
    for (const { peers, ports } of cells) {
      for (const receiver of receivers(peers)) {
        yield* meet({ from: members, to: receiver.to, ports }, receiver.cells);
      }
    }
  }
}

function* meet(offered: Block, cells: readonly Cell[]): Generator<Block> {
  for (const { peers, ports } of cells) {
    const from = intersectAtoms(offered.from, peers);
    if (isNoAtoms(from)) continue;
    const shared = intersectPorts(offered.ports, ports);
    if (!isEmpty(shared)) yield { from, to: offered.to, ports: shared };
  }
}

/** Pods in a node's network and outside addresses send what they like. */
function openSources(universe: Universe): readonly Pick<RowGroup, 'members' | 'cells'>[] {
  const { hostsAt, sourcesAt, destinationsAt } = universe;
  const all = (peers: AtomSet) => [{ peers, ports: ALL_PORTS }];
  return [
    { members: atomRange(hostsAt, sourcesAt), cells: all(everyPeer(universe, 'egress')) },
    // From outside to outside is not asked.
    { members: atomRange(sourcesAt, destinationsAt), cells: all(atomRange(0, sourcesAt)) },
  ].filter(({ members }) => !isNoAtoms(members));
}

interface Receiver {
  readonly to: AtomSet;
  readonly cells: readonly Cell[];
}

/** The ingress rows of some destinations, each with the destinations that have it. */
function receiverIndex(
  universe: Universe,
  ingress: readonly RowGroup[],
): (set: AtomSet) => readonly Receiver[] {
  const { atoms, hostsAt } = universe;
  const rowOf = new Uint32Array(hostsAt);
  for (const [row, { members }] of ingress.entries())
    for (const atom of listAtoms(members)) rowOf[atom] = row;
  const open = atomRange(hostsAt, atoms.length);
  const openCells: readonly Cell[] = [{ peers: everyPeer(universe, 'ingress'), ports: ALL_PORTS }];
  const memo = new Map<AtomSet, readonly Receiver[]>();
  return (set) => {
    const known = memo.get(set);
    if (known !== undefined) return known;
    const rows = new Set<number>();
    for (const atom of listAtoms(intersectAtoms(set, atomRange(0, hostsAt)))) rows.add(rowOf[atom] as number);
    const receivers: Receiver[] = [];
    for (const row of rows) {
      const group = ingress[row];
      if (group !== undefined) receivers.push({ to: intersectAtoms(set, group.members), cells: group.cells });
    }
    const others = intersectAtoms(set, open);
    if (!isNoAtoms(others)) receivers.push({ to: others, cells: openCells });
    memo.set(set, receivers);
    return receivers;
  };
}
