/** Holds an assertion about all pairs of two sets of peers? The policies of both ends are asked, for classes of pods. */

import type { Pod } from '../../cluster/cluster.ts';
import { compareText } from '../../collections/order.ts';
import {
  ALL_PORTS,
  intersectPorts,
  isEmpty,
  NO_PORTS,
  PORT_PROTOCOLS,
  type PortSet,
  printPorts,
  subtractPorts,
} from '../../net/port-set.ts';
import { type AtomSet, atomSet, intersectAtoms, isNoAtoms, listAtoms } from '../../policy/matrix/atom-set.ts';
import type { PolicyMatrix } from '../../policy/matrix/matrix.ts';
import type { Atom } from '../../policy/matrix/universe.ts';
import { clusterMatrix } from '../matrix/cluster-matrix.ts';
import { parsePorts } from '../matrix/ports.ts';
import { unitId } from '../matrix/units.ts';
import type { Snapshot } from '../snapshot.ts';
import { traceQuestion } from '../trace.ts';
import { UsageError } from '../usage-error.ts';
import type { PairsAssertion } from './assertion.ts';
import { meetsRange, type ResolvedSet, resolvePeerSet } from './resolve-peer-set.ts';
import type { Outcome, PairAnswer } from './test-answer.ts';

/** Pairs that are listed; the rest is counted. */
const MOST_PAIRS = 20;

/** One class of peers against another, with ports that are not as expected. */
interface Slip {
  readonly from: number;
  readonly to: number;
  readonly ports: PortSet;
}

interface Judging {
  readonly matrix: PolicyMatrix;
  readonly from: ResolvedSet;
  readonly to: ResolvedSet;
  readonly sources: AtomSet;
  readonly destinations: AtomSet;
  readonly ports: PortSet;
}

/**
 * Asks the matrix.
 * @throws UsageError for a reference that fits nothing, and for a set of nobody: that would hold whatever policies say.
 */
export function judgePairs(snapshot: Snapshot, assertion: PairsAssertion): Outcome {
  const family = snapshot.profile.ipFamilies[0] ?? 4;
  const { matrix, pods } = clusterMatrix(snapshot, family);
  const world = { snapshot, pods, family };
  const judging = judgingOf(matrix, {
    from: resolvePeerSet(assertion.from, world),
    to: resolvePeerSet(assertion.to, world),
    ports: assertion.ports === undefined ? ALL_PORTS : parsePorts(assertion.ports),
  });
  const { expect } = assertion;
  const slips = expect === 'denied' ? openPairs(judging) : closedPairs(judging, wantedPorts(assertion));
  if (slips.length === 0) return { status: 'passed', expected: expect, actual: expect };
  const pairs = pairAnswers(judging, slips);
  return {
    status: 'failed',
    expected: expect,
    actual: `${expect === 'denied' ? 'allowed' : 'denied'} for ${pairs.length} ${pairs.length === 1 ? 'pair' : 'pairs'}`,
    pairs: pairs.slice(0, MOST_PAIRS),
    pairCount: pairs.length,
    ...exampleTrace(snapshot, judging, slips[0]),
  };
}

function judgingOf(matrix: PolicyMatrix, sets: Pick<Judging, 'from' | 'to' | 'ports'>): Judging {
  const { atoms } = matrix.universe;
  const atomsOf = (set: ResolvedSet, range: Atom['kind']) =>
    atomSet([...atoms.entries()].flatMap(([atom, item]) => (isIn(item, set, range) ? [atom] : [])));
  const judging = {
    matrix,
    ...sets,
    sources: atomsOf(sets.from, 'source-range'),
    destinations: atomsOf(sets.to, 'destination-range'),
  };
  if (isNoAtoms(judging.sources)) throw new UsageError('every: no pod and no address is in the set');
  if (isNoAtoms(judging.destinations)) throw new UsageError('to: no pod and no address is in the set');
  return judging;
}

function isIn(item: Atom, set: ResolvedSet, range: Atom['kind']): boolean {
  if ('pods' in item) return item.pods.some(({ key }) => set.pods.has(key));
  return item.kind === range && meetsRange(set, item.first, item.last);
}

/** Without ports, `allowed` means every port of every protocol; with a port alone, TCP. */
function wantedPorts({ ports }: PairsAssertion): PortSet {
  if (ports === undefined) return ALL_PORTS;
  const all = ports.split(',').map((part) => (part.includes('/') ? part : `${part.trim()}/tcp`));
  return parsePorts(all.join(','));
}

function openPairs(judging: Judging): readonly Slip[] {
  const { matrix, sources, destinations, ports } = judging;
  const slips: Slip[] = [];
  for (const block of matrix.blocks()) {
    const open = intersectPorts(block.ports, ports);
    if (isEmpty(open)) continue;
    const [from, to] = [intersectAtoms(block.from, sources), intersectAtoms(block.to, destinations)];
    if (isNoAtoms(to)) continue;
    for (const source of listAtoms(from))
      for (const destination of listAtoms(to))
        if (isPair(judging, source, destination)) slips.push({ from: source, to: destination, ports: open });
  }
  return slips;
}

/** Pairs that a port is missing for. Blocks share no pair, so that what one leaves out no other allows. */
function closedPairs(judging: Judging, wanted: PortSet): readonly Slip[] {
  const { matrix, sources, destinations } = judging;
  const open = portsOfPairs(judging);
  const { sourcesAt } = matrix.universe;
  const slips: Slip[] = [];
  for (const from of listAtoms(sources)) {
    // From outside to outside is nobody's business.
    const asked = listAtoms(destinations).filter((to) => from < sourcesAt || to < sourcesAt);
    for (const to of asked.filter((each) => isPair(judging, from, each))) {
      const missing = subtractPorts(wanted, open.get(`${from} ${to}`) ?? NO_PORTS);
      if (!isEmpty(missing)) slips.push({ from, to, ports: missing });
    }
  }
  return slips;
}

function portsOfPairs({ matrix, sources, destinations }: Judging): ReadonlyMap<string, PortSet> {
  const open = new Map<string, PortSet>();
  for (const block of matrix.blocks()) {
    const to = listAtoms(intersectAtoms(block.to, destinations));
    for (const source of listAtoms(intersectAtoms(block.from, sources)))
      for (const destination of to) open.set(`${source} ${destination}`, block.ports);
  }
  return open;
}

/** A single pod is no pair with itself. */
function isPair(judging: Judging, from: number, to: number): boolean {
  if (from !== to) return true;
  const [sources, destinations] = [membersOf(judging, from, 'from'), membersOf(judging, to, 'to')];
  return sources.length !== 1 || destinations.length !== 1 || sources[0]?.key !== destinations[0]?.key;
}

function membersOf({ matrix, ...sets }: Judging, atom: number, end: 'from' | 'to'): readonly Pod[] {
  const item = matrix.universe.atoms[atom];
  return item !== undefined && 'pods' in item ? item.pods.filter(({ key }) => sets[end].pods.has(key)) : [];
}

/** By workload, each pair once. */
function pairAnswers(judging: Judging, slips: readonly Slip[]): readonly PairAnswer[] {
  const rows = new Map<string, PairAnswer>();
  for (const { from, to, ports } of slips) {
    const text = printPorts(ports);
    for (const source of namesOf(judging, from, 'from'))
      for (const destination of namesOf(judging, to, 'to'))
        rows.set(`${source} ${destination} ${text}`, { from: source, to: destination, ports: text });
  }
  return [...rows.values()].sort(
    (a, b) => compareText(a.from, b.from) || compareText(a.to, b.to) || compareText(a.ports, b.ports),
  );
}

function namesOf(judging: Judging, atom: number, end: 'from' | 'to'): readonly string[] {
  const item = judging.matrix.universe.atoms[atom];
  if (item === undefined) return [];
  if ('pods' in item) return [...new Set(membersOf(judging, atom, end).map(unitId))];
  const { sourcesAt, destinationsAt, atoms } = judging.matrix.universe;
  const [first, last] = end === 'from' ? [sourcesAt, destinationsAt - 1] : [destinationsAt, atoms.length - 1];
  return [first === last ? 'outside' : `outside ${item.first.text}-${item.last.text}`];
}

/** The walk of the first pair, on its first port; none where the pair cannot be dialled. */
function exampleTrace(snapshot: Snapshot, judging: Judging, slip: Slip | undefined): Pick<Outcome, 'trace'> {
  const protocol = PORT_PROTOCOLS.find((each) => (slip?.ports[each].length ?? 0) > 0);
  if (slip === undefined || protocol === undefined) return {};
  const from = dialName(judging, slip.from, 'from');
  const to = dialName(judging, slip.to, 'to', from);
  const port = declaredPort(judging, slip, protocol);
  if (from === undefined || to === undefined) return {};
  try {
    const target = to.includes(':') ? `[${to}]` : to;
    return { trace: traceQuestion(snapshot, { from, to: `${target}:${port}`, protocol, dns: false }) };
  } catch (error) {
    if (error instanceof UsageError) return {};
    throw error;
  }
}

/** A port of the slip that a container of the destination declares, else the first. */
function declaredPort(judging: Judging, { to, ports }: Slip, protocol: 'tcp' | 'udp' | 'sctp'): number {
  const ranges = ports[protocol];
  const isIn = (port: number) => ranges.some(([first, last]) => port >= first && port <= last);
  const [pod] = membersOf(judging, to, 'to');
  const declared = pod?.ports.find((port) => port.protocol === protocol && isIn(port.containerPort));
  return declared?.containerPort ?? ranges[0]?.[0] ?? 80;
}

function dialName(judging: Judging, atom: number, end: 'from' | 'to', other?: string): string | undefined {
  const item = judging.matrix.universe.atoms[atom];
  if (item === undefined) return undefined;
  if (!('pods' in item)) return rangeAddress(judging, item, end);
  const pods = membersOf(judging, atom, end).map(({ namespace, name }) => `${namespace}/pod/${name}`);
  return pods.find((name) => name !== other) ?? pods[0];
}

/** `internet` where its address is in the range, else the first address. */
function rangeAddress(
  { matrix }: Judging,
  item: Exclude<Atom, { readonly pods: unknown }>,
  end: 'from' | 'to',
): string {
  const { sourcesAt, destinationsAt, atoms } = matrix.universe;
  const count = end === 'from' ? destinationsAt - sourcesAt : atoms.length - destinationsAt;
  if (count > 1) return item.first.text;
  return end === 'from' ? 'internet' : '203.0.113.9';
}
