/** The atoms that a peer of a rule matches: found by namespace and label, never by trying every class. */

import type { Namespace } from '../../cluster/cluster.ts';
import { type LabelSelector, selectorMatches } from '../../k8s/selector.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import { compareIps, type Ip } from '../../net/ip.ts';
import type { Party } from '../party.ts';
import type { Direction, Peer, PodSet, PolicyRule, Selection } from '../policy.ts';
import { accountHolds, type PolicySettings } from '../policy-index.ts';
import { piecesOf } from './address-cuts.ts';
import {
  type AtomSet,
  atomRange,
  atomSet,
  intersectAtoms,
  listAtoms,
  NO_ATOMS,
  subtractAtoms,
  uniteAtoms,
} from './atom-set.ts';
import type { Atom, PodClass, Universe } from './universe.ts';

/** How much work was done, for tests that hold it. */
export interface WorkCount {
  /** Selectors that were tried on a class. */
  selectorTests: number;
  /** Distinct rows that were computed. */
  rows: number;
}

export interface PeerAtomsInput {
  readonly universe: Universe;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  readonly settings: PolicySettings;
  readonly work: WorkCount;
}

/** The atoms of a rule's peers in a direction. */
export type PeerAtoms = (rule: PolicyRule, direction: Direction) => AtomSet;

export interface AtomFinders {
  readonly peersOf: PeerAtoms;
  readonly subjectsOf: (subject: PodSet) => AtomSet;
}

/** Makes the finders; equal selectors are looked up once. */
export function atomFinders(input: PeerAtomsInput): AtomFinders {
  const everything = {
    ingress: everyPeer(input.universe, 'ingress'),
    egress: everyPeer(input.universe, 'egress'),
  };
  const podsOf = podFinder(input);
  const rangeAtoms = rangeFinder(input);
  const ofPeer = (peer: Peer, direction: Direction): AtomSet => {
    switch (peer.kind) {
      case 'pods':
        return podsOf(peer.pods);
      case 'block':
        return peer.except.reduce(
          (set, { cidr }) => subtractAtoms(set, rangeAtoms(cidr, direction)),
          rangeAtoms(peer.cidr, direction),
        );
      case 'nodes':
        return hostAtoms(
          input.universe,
          (atom) => atom.node !== undefined && selectorMatches(peer.nodes.selector, atom.node.labels),
        );
      case 'outside':
        return outsideAtoms(input.universe, direction);
      case 'domains':
      case 'unmodelled':
      case 'unreadable':
        return NO_ATOMS;
    }
  };
  return {
    subjectsOf: podsOf,
    peersOf: ({ peers }, direction) =>
      peers === undefined
        ? everything[direction]
        : peers.reduce((set, peer) => uniteAtoms(set, ofPeer(peer, direction)), NO_ATOMS),
  };
}

/** Every peer of a direction: pods, nodes, and the outside as source or destination. */
export function everyPeer({ atoms, sourcesAt, destinationsAt }: Universe, direction: Direction): AtomSet {
  if (direction === 'ingress') return atomRange(0, destinationsAt);
  return uniteAtoms(atomRange(0, sourcesAt), atomRange(destinationsAt, atoms.length));
}

function outsideAtoms({ atoms, sourcesAt, destinationsAt }: Universe, direction: Direction): AtomSet {
  return direction === 'ingress'
    ? atomRange(sourcesAt, destinationsAt)
    : atomRange(destinationsAt, atoms.length);
}

/** The atoms of address ranges; each range is looked up once. */
function rangeFinder({ universe, settings }: PeerAtomsInput): (cidr: Cidr, direction: Direction) => AtomSet {
  const { cuts, sourcesAt, destinationsAt, hostsAt } = universe;
  const { blocksMatch } = settings;
  const inside = addressesInOrder(
    universe,
    blocksMatch.pods ? 0 : hostsAt,
    blocksMatch.nodes ? sourcesAt : hostsAt,
  );
  const memo = new Map<string, AtomSet>();
  return (cidr, direction) => {
    const key = `${direction} ${cidr.text}`;
    const known = memo.get(key);
    if (known !== undefined) return known;
    const [from, to] = piecesOf(cuts[direction], cidr);
    const offset = direction === 'ingress' ? sourcesAt : destinationsAt;
    const set = uniteAtoms(inside(cidr), atomRange(offset + from, offset + to));
    memo.set(key, set);
    return set;
  };
}

/** The classes from `from` up to `to` whose address is in a range, found by halving. */
function addressesInOrder({ atoms }: Universe, from: number, to: number): (cidr: Cidr) => AtomSet {
  const placed: { readonly ip: Ip; readonly atom: number }[] = [];
  for (let atom = from; atom < to; atom++) {
    const { ip } = atoms[atom] as PodClass;
    if (ip !== undefined) placed.push({ ip, atom });
  }
  placed.sort((a, b) => compareIps(a.ip, b.ip));
  return (cidr) => {
    let low = 0;
    for (let high = placed.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compareIps((placed[middle] as (typeof placed)[0]).ip, cidr.base) < 0) low = middle + 1;
      else high = middle;
    }
    const held: number[] = [];
    for (let at = placed[low]; at !== undefined && cidrContains(cidr, at.ip); at = placed[++low])
      held.push(at.atom);
    return atomSet(held);
  };
}

function hostAtoms(
  { atoms, hostsAt, sourcesAt }: Universe,
  matches: (atom: Extract<Atom, { kind: 'host' }>) => boolean,
): AtomSet {
  const found: number[] = [];
  for (let index = hostsAt; index < sourcesAt; index++) {
    const atom = atoms[index];
    if (atom?.kind === 'host' && matches(atom)) found.push(index);
  }
  return atomSet(found);
}

function podFinder(input: PeerAtomsInput): (pods: PodSet) => AtomSet {
  const { universe, work } = input;
  const memo = new Map<string, AtomSet>();
  const byLabel = indexLabels(universe);
  const namespacesOf = namespaceFinder(input);
  const find = (set: PodSet): AtomSet => {
    const found = findPods(set);
    const { accounts } = set;
    if (accounts === undefined) return found;
    return atomSet(
      listAtoms(found).filter((atom) => accountHolds(accounts, (universe.atoms[atom] as PodClass).pod)),
    );
  };
  const findPods = ({ namespace, namespaces, pods }: PodSet): AtomSet => {
    const [from, to] =
      namespace === undefined ? [0, universe.hostsAt] : (universe.namespaces.get(namespace) ?? [0, 0]);
    const own = atomRange(from, to);
    const within = namespaces === undefined ? own : intersectAtoms(own, namespacesOf(namespaces));
    if (pods === undefined || selectsAll(pods.selector)) return within;
    const candidates = candidatesOf(pods.selector, byLabel, [from, to]);
    const matching = candidates.filter((atom) => {
      work.selectorTests++;
      return selectorMatches(pods.selector, (universe.atoms[atom] as PodClass).pod.labels);
    });
    return intersectAtoms(atomSet(matching), within);
  };
  return (set) => {
    const key = JSON.stringify([
      set.namespace,
      textOf(set.namespaces),
      textOf(set.pods),
      textOf(set.accounts),
    ]);
    const known = memo.get(key) ?? find(set);
    memo.set(key, known);
    return known;
  };
}

function selectsAll({ matchLabels, matchExpressions }: LabelSelector): boolean {
  return matchLabels.size === 0 && matchExpressions.length === 0;
}

function textOf(selection: Selection | undefined): unknown {
  if (selection === undefined) return null;
  const { matchLabels, matchExpressions } = selection.selector;
  return [[...matchLabels].sort(), matchExpressions];
}

/** Pod classes by label, in order. */
function indexLabels({ atoms, hostsAt }: Universe): ReadonlyMap<string, readonly number[]> {
  const index = new Map<string, number[]>();
  for (let atom = 0; atom < hostsAt; atom++) {
    for (const [key, value] of (atoms[atom] as PodClass).pod.labels) {
      const word = `${key}=${value}`;
      const known = index.get(word);
      if (known === undefined) index.set(word, [atom]);
      else known.push(atom);
    }
  }
  return index;
}

/** The classes with the rarest label that the selector wants; all of the range where it wants none. */
function candidatesOf(
  { matchLabels, matchExpressions }: LabelSelector,
  byLabel: ReadonlyMap<string, readonly number[]>,
  [from, to]: readonly [number, number],
): readonly number[] {
  const words = [...matchLabels].map(([key, value]) => byLabel.get(`${key}=${value}`) ?? []);
  for (const { key, operator, values } of matchExpressions) {
    if (operator === 'In') words.push(values.flatMap((value) => byLabel.get(`${key}=${value}`) ?? []));
  }
  const rarest = words.reduce<readonly number[] | undefined>(
    (best, atoms) => (best === undefined || atoms.length < best.length ? atoms : best),
    undefined,
  );
  if (rarest !== undefined && rarest.length < to - from)
    return rarest.filter((atom) => atom >= from && atom < to);
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function namespaceFinder({ universe, namespaces }: PeerAtomsInput): (selection: Selection) => AtomSet {
  const memo = new Map<string, AtomSet>();
  return (selection) => {
    const key = JSON.stringify(textOf(selection));
    const known = memo.get(key);
    if (known !== undefined) return known;
    if (selectsAll(selection.selector)) {
      const all = atomRange(0, universe.hostsAt);
      memo.set(key, all);
      return all;
    }
    const found: number[] = [];
    for (const [name, [from, to]] of universe.namespaces) {
      if (!selectorMatches(selection.selector, namespaces.get(name)?.labels ?? new Map())) continue;
      for (let atom = from; atom < to; atom++) found.push(atom);
    }
    const set = atomSet(found);
    memo.set(key, set);
    return set;
  };
}

/** The party of an atom, for what is asked of one pair. */
export function partyOfAtom(atom: Atom): Party {
  switch (atom.kind) {
    case 'pods':
      return { kind: 'pod', pod: atom.pod, ...(atom.ip === undefined ? {} : { ip: atom.ip }) };
    case 'host': {
      const at = atom.ip === undefined ? {} : { ip: atom.ip };
      return atom.node === undefined ? { kind: 'address', ...at } : { kind: 'node', node: atom.node, ...at };
    }
    default:
      return { kind: 'address', ip: atom.first };
  }
}
