/**
 * Where two policy matrices differ, as sets of sources × sets of destinations with the ports before and after. Sources
 * that have the same row on the old side, and the same on the new one, are compared once.
 */

import { addTo, groupBy } from '../../collections/grouping.ts';
import { isEmpty, NO_PORTS, type PortSet, portSetKey, subtractPorts } from '../../net/port-set.ts';
import { listAtoms } from '../../policy/matrix/atom-set.ts';
import type { Block, PolicyMatrix } from '../../policy/matrix/matrix.ts';
import type { JointPeer, JointPeers } from './joint-peers.ts';

export interface MatrixChange {
  readonly from: readonly JointPeer[];
  readonly to: readonly JointPeer[];
  readonly before: PortSet;
  readonly after: PortSet;
}

type Side = 'old' | 'new';

/** All differences, each pair of peers in one of them. */
export function matrixChanges(
  before: PolicyMatrix,
  after: PolicyMatrix,
  { sources, destinations }: JointPeers,
): readonly MatrixChange[] {
  const ports = portNumbers();
  const rows = {
    old: rowsOf(before, destinations, { side: 'old', ports }),
    new: rowsOf(after, destinations, { side: 'new', ports }),
  };
  const changes: MatrixChange[] = [];
  const sameRows = groupBy(sources, (peer) => `${rowKey(rows.old, peer.old)}|${rowKey(rows.new, peer.new)}`);
  for (const from of sameRows.values()) {
    const [first] = from;
    if (first === undefined) continue;
    const old = rows.old.fill(first.old);
    const fresh = rows.new.fill(first.new);
    const differing = destinations.flatMap((to, index) =>
      old[index] === fresh[index] ? [] : [{ to, index }],
    );
    const key = ({ to, index }: { readonly to: JointPeer; readonly index: number }) =>
      `${old[index]} ${fresh[index]} ${presence(to)}`;
    for (const group of groupBy(differing, key).values()) {
      const [sample] = group;
      if (sample === undefined) continue;
      const to = group.map((each) => each.to);
      if (isLonePeer(from, to)) continue;
      changes.push({ from, to, before: ports.set(old[sample.index]), after: ports.set(fresh[sample.index]) });
    }
  }
  return joinSources(changes).flatMap(withoutLonePairs);
}

/** On which sides a peer is there. */
export function presence(peer: JointPeer): 'both' | 'old' | 'new' {
  if (peer.old === undefined) return 'new';
  return peer.new === undefined ? 'old' : 'both';
}

/** A single pod is no pair with itself. */
function isLonePeer(from: readonly JointPeer[], to: readonly JointPeer[]): boolean {
  const [source, destination] = [from[0], to[0]];
  return from.length === 1 && to.length === 1 && source?.id === destination?.id && (source?.pods ?? 0) < 2;
}

/** The change without a single pod as its own peer, where leaving it out of one end leaves nothing else out. */
function withoutLonePairs(change: MatrixChange): readonly MatrixChange[] {
  const { from, to } = change;
  const others = (peers: readonly JointPeer[], [only, more]: readonly JointPeer[]) =>
    only === undefined || more !== undefined || only.pods > 1
      ? peers
      : peers.filter(({ id }) => id !== only.id);
  const left = { ...change, from: others(from, to), to: others(to, from) };
  return left.from.length === 0 || left.to.length === 0 ? [] : [left];
}

/** How many pairs of peers a change is about; a single pod is no pair with itself. */
export function pairsOf({ from, to }: MatrixChange): number {
  const receivers = new Set(to.map(({ id }) => id));
  const lone = from.filter(({ id, pods }) => pods < 2 && receivers.has(id));
  return from.length * to.length - lone.length;
}

/** Sources whose changes are the same become one. */
function joinSources(changes: readonly MatrixChange[]): readonly MatrixChange[] {
  const key = ({ from, to, before, after }: MatrixChange) =>
    [
      from[0] === undefined ? '' : presence(from[0]),
      ...to.map(({ id }) => id),
      portSetKey(before),
      portSetKey(after),
    ].join('\n');
  return [...groupBy(changes, key).values()].flatMap((group) => {
    const [first] = group;
    return first === undefined ? [] : [{ ...first, from: group.flatMap(({ from }) => from) }];
  });
}

/** What only one side allows. */
export function gained({ before, after }: MatrixChange): PortSet {
  return subtractPorts(after, before);
}

/** What only the old side allows. */
export function lost({ before, after }: MatrixChange): PortSet {
  return subtractPorts(before, after);
}

interface PortNumbers {
  number(set: PortSet): number;
  set(number: number | undefined): PortSet;
}

/** Sets of ports as numbers, 0 for the empty one. */
function portNumbers(): PortNumbers {
  const byKey = new Map<string, number>();
  const sets: PortSet[] = [NO_PORTS];
  return {
    number: (set) => {
      if (isEmpty(set)) return 0;
      const key = portSetKey(set);
      const known = byKey.get(key);
      if (known !== undefined) return known;
      byKey.set(key, sets.length);
      return sets.push(set) - 1;
    },
    set: (number = 0) => sets[number] ?? NO_PORTS,
  };
}

interface Rows {
  /** Of each class that sends: the numbers of its blocks. */
  readonly blocksOf: ReadonlyMap<number, readonly number[]>;
  /** The number of the ports to each joint destination; all 0 for a peer that is not there. */
  fill(atom: number | undefined): Int32Array;
}

function rowsOf(
  matrix: PolicyMatrix,
  destinations: readonly JointPeer[],
  { side, ports }: { readonly side: Side; readonly ports: PortNumbers },
): Rows {
  const receivers = listsOf(destinations.map((peer, index) => [peer[side], index]));
  const blocks = [...matrix.blocks()];
  const blocksOf = listsOf(
    blocks.flatMap(({ from }, number) => listAtoms(from).map((atom) => [atom, number] as const)),
  );
  const fillBlock = (row: Int32Array, block: Block) => {
    const value = ports.number(block.ports);
    for (const to of listAtoms(block.to)) for (const index of receivers.get(to) ?? []) row[index] = value;
  };
  return {
    blocksOf,
    fill: (atom) => {
      const row = new Int32Array(destinations.length);
      const own = atom === undefined ? undefined : blocksOf.get(atom);
      for (const number of own ?? []) fillBlock(row, blocks[number] as Block);
      return row;
    },
  };
}

/** Values gathered by key; those without a key are left out. */
function listsOf(
  entries: readonly (readonly [key: number | undefined, value: number])[],
): ReadonlyMap<number, readonly number[]> {
  const lists = new Map<number, number[]>();
  for (const [key, value] of entries) if (key !== undefined) addTo(lists, key, value);
  return lists;
}

function rowKey({ blocksOf }: Rows, atom: number | undefined): string {
  return atom === undefined ? 'absent' : (blocksOf.get(atom) ?? []).join();
}
