/**
 * Which rules of a long chain can match a packet at all. A node with 10,000 Services has 10,000 rules in
 * KUBE-SERVICES, and a packet is meant by one: rules that ask for one destination address, or for one
 * destination port, are found by it; the others are tried as ever. The order of the rules is kept.
 */

import type { Ip } from '../net/ip.ts';
import { WIDTH } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import type { Rule } from './ruleset.ts';

/** Shorter chains are scanned: an index would cost more than it saves. */
const INDEXED_LENGTH = 32;

interface ChainIndex {
  readonly byDestination: ReadonlyMap<Ip, readonly number[]>;
  readonly byPort: ReadonlyMap<number, readonly number[]>;
  readonly others: readonly number[];
}

const indexes = new WeakMap<readonly Rule[], ChainIndex>();

/** 0, 1, 2… up to each length of a chain that is scanned. */
const POSITIONS: readonly (readonly number[])[] = Array.from({ length: INDEXED_LENGTH }, (_, length) =>
  Array.from({ length }, (__, at) => at),
);

/** Indexes into a chain's rules, ascending, of those that are to be tried for this packet. */
export function candidateRules(rules: readonly Rule[], packet: Packet): readonly number[] {
  const all = POSITIONS[rules.length];
  if (all !== undefined) return all;
  const index = indexOf(rules);
  const byDestination = index.byDestination.get(packet.dst);
  const byPort = index.byPort.get(packet.dstPort);
  if (byDestination === undefined && byPort === undefined) return index.others;
  return [...(byDestination ?? []), ...(byPort ?? []), ...index.others].sort((a, b) => a - b);
}

function indexOf(rules: readonly Rule[]): ChainIndex {
  const known = indexes.get(rules);
  if (known !== undefined) return known;
  const index = buildIndex(rules);
  indexes.set(rules, index);
  return index;
}

function buildIndex(rules: readonly Rule[]): ChainIndex {
  const byDestination = new Map<Ip, number[]>();
  const byPort = new Map<number, number[]>();
  const others: number[] = [];
  for (const [at, rule] of rules.entries()) {
    const ip = onlyDestination(rule);
    const port = ip === undefined ? onlyPort(rule) : undefined;
    if (ip !== undefined) addTo(byDestination, ip, at);
    else if (port !== undefined) addTo(byPort, port, at);
    else others.push(at);
  }
  return { byDestination, byPort, others };
}

function addTo<Key>(map: Map<Key, number[]>, key: Key, at: number): void {
  const positions = map.get(key);
  if (positions === undefined) map.set(key, [at]);
  else positions.push(at);
}

/** The one address that the rule can match (`-d 10.96.0.10/32`). */
function onlyDestination(rule: Rule): Ip | undefined {
  for (const match of rule.matches) {
    if (match.kind !== 'destination' || match.not === true) continue;
    if (match.cidr.length === WIDTH[match.cidr.family]) return match.cidr.base;
  }
  return undefined;
}

function onlyPort(rule: Rule): number | undefined {
  for (const match of rule.matches) {
    if (match.kind === 'destination-port' && match.not !== true) return match.port;
  }
  return undefined;
}
