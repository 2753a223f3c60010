/** What a set of peers means in a cluster: pods by their keys, and stretches of outside addresses. */

import type { Pod } from '../../cluster/cluster.ts';
import { selectorMatches } from '../../k8s/selector.ts';
import { type Cidr, cidrSize } from '../../net/cidr.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import type { Snapshot } from '../snapshot.ts';
import { resolveTarget, type Source } from '../target.ts';
import { UsageError } from '../usage-error.ts';
import type { PeerSet } from './assertion.ts';

/** First and last address as a number. */
type Stretch = readonly [from: bigint, to: bigint];

export interface ResolvedSet {
  readonly pods: ReadonlySet<string>;
  /** In order, without touching each other. */
  readonly outside: readonly Stretch[];
}

export interface PeerWorld {
  readonly snapshot: Snapshot;
  readonly pods: readonly Pod[];
  readonly family: IpFamily;
}

const FROM_NOWHERE: Source = { kind: 'external', name: '', address: '' };
const NOBODY: ResolvedSet = { pods: new Set(), outside: [] };

/**
 * The members of a set.
 * @throws UsageError for a reference that fits nothing.
 */
export function resolvePeerSet(set: PeerSet, world: PeerWorld): ResolvedSet {
  switch (set.kind) {
    case 'everything':
      return complement(NOBODY, world);
    case 'internet':
      return { pods: new Set(), outside: [everyAddress(world.family)] };
    case 'block':
      return blockMembers(set.cidr, world);
    case 'reference':
      return referenceMembers(set.text, world);
    case 'pods':
      return podMembers(set, world);
    case 'not':
      return complement(resolvePeerSet(set.of, world), world);
    case 'union':
      return set.of.map((part) => resolvePeerSet(part, world)).reduce(union, NOBODY);
  }
}

/** Does the set hold an address of a range? */
export function meetsRange({ outside }: ResolvedSet, first: Ip, last: Ip): boolean {
  const [from, to] = [BigInt(first.bits), BigInt(last.bits)];
  return outside.some(([start, end]) => start <= to && end >= from);
}

function everyAddress(family: IpFamily): Stretch {
  return [0n, (1n << (family === 4 ? 32n : 128n)) - 1n];
}

function podMembers(
  { namespaces, namespaceSelector, podSelector }: Extract<PeerSet, { kind: 'pods' }>,
  { snapshot, pods }: PeerWorld,
): ResolvedSet {
  const known = snapshot.policies.namespaces;
  const unknown = namespaces?.find((name) => !known.has(name));
  if (unknown !== undefined) throw new UsageError(`there is no namespace ${unknown}`, [...known.keys()]);
  const isIn = (pod: Pod) =>
    (namespaces === undefined || namespaces.includes(pod.namespace)) &&
    (namespaceSelector === undefined ||
      selectorMatches(namespaceSelector, known.get(pod.namespace)?.labels ?? new Map())) &&
    (podSelector === undefined || selectorMatches(podSelector, pod.labels));
  return { pods: new Set(pods.filter(isIn).map(({ key }) => key)), outside: [] };
}

function blockMembers(cidr: Cidr, { pods, family }: PeerWorld): ResolvedSet {
  if (cidr.base.family !== family) return NOBODY;
  const start = BigInt(cidr.base.bits);
  const stretch: Stretch = [start, start + BigInt(cidrSize(cidr)) - 1n];
  const isIn = ({ bits }: Ip) => BigInt(bits) >= stretch[0] && BigInt(bits) <= stretch[1];
  const inside = pods.filter(({ ips }) => ips.some((ip) => ip.family === family && isIn(ip)));
  return { pods: new Set(inside.map(({ key }) => key)), outside: [stretch] };
}

function referenceMembers(text: string, { snapshot, family }: PeerWorld): ResolvedSet {
  const { cluster, control } = snapshot;
  const target = resolveTarget(cluster, text, FROM_NOWHERE);
  switch (target.kind) {
    case 'pods':
      return { pods: new Set(target.pods.map(({ key }) => key)), outside: [] };
    case 'service': {
      const endpoints = control.slicesOf(target.service.key).flatMap((slice) => slice.endpoints);
      return {
        pods: new Set(endpoints.flatMap(({ pod }) => (pod === undefined ? [] : [pod]))),
        outside: [],
      };
    }
    case 'address': {
      const pod = cluster.podByIp.get(target.ip);
      if (pod !== undefined) return { pods: new Set([pod.key]), outside: [] };
      const bits = BigInt(target.ip.bits);
      return { pods: new Set(), outside: target.ip.family === family ? [[bits, bits]] : [] };
    }
    default:
      throw new UsageError(`"${text}": a set is of pods, workloads, Services and addresses`);
  }
}

function union(a: ResolvedSet, b: ResolvedSet): ResolvedSet {
  return { pods: new Set([...a.pods, ...b.pods]), outside: joined([...a.outside, ...b.outside]) };
}

function joined(stretches: readonly Stretch[]): readonly Stretch[] {
  const rows: [bigint, bigint][] = [];
  for (const [from, to] of stretches.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const last = rows.at(-1);
    if (last === undefined || from > last[1] + 1n) rows.push([from, to]);
    else if (to > last[1]) last[1] = to;
  }
  return rows;
}

function complement({ pods, outside }: ResolvedSet, world: PeerWorld): ResolvedSet {
  const [first, last] = everyAddress(world.family);
  const gaps: Stretch[] = [];
  let next = first;
  for (const [from, to] of joined(outside)) {
    if (from > next) gaps.push([next, from - 1n]);
    next = to + 1n;
  }
  if (next <= last) gaps.push([next, last]);
  const others = world.pods.filter(({ key }) => !pods.has(key));
  return { pods: new Set(others.map(({ key }) => key)), outside: gaps };
}
