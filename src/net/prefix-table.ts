/** Longest-prefix match over CIDRs, as a routing table does it. */

import { type Cidr, cidrOf } from './cidr.ts';
import { type Ip, type IpFamily, WIDTH } from './ip.ts';

export interface PrefixTable<Value> {
  /** The value of the longest prefix that holds the address; undefined when none does. */
  lookup(ip: Ip): Value | undefined;
  /** Every entry, in the order given. */
  readonly entries: readonly (readonly [Cidr, Value])[];
}

/** Builds a table. Of two entries with the same prefix the first one counts, as with equal metrics. */
export function prefixTable<Value>(entries: readonly (readonly [Cidr, Value])[]): PrefixTable<Value> {
  const byLength: Record<IpFamily, Map<number, Map<Ip, Value>>> = { 4: new Map(), 6: new Map() };
  for (const [cidr, value] of entries) {
    const lengths = byLength[cidr.family];
    const prefixes = lengths.get(cidr.length) ?? new Map<Ip, Value>();
    lengths.set(cidr.length, prefixes);
    if (!prefixes.has(cidr.base)) prefixes.set(cidr.base, value);
  }
  const longestFirst: Record<IpFamily, readonly number[]> = {
    4: [...byLength[4].keys()].sort((a, b) => b - a),
    6: [...byLength[6].keys()].sort((a, b) => b - a),
  };
  return {
    entries,
    lookup(ip) {
      for (const length of longestFirst[ip.family]) {
        const base = length === WIDTH[ip.family] ? ip : cidrOf(ip, length).base;
        const prefixes = byLength[ip.family].get(length);
        if (prefixes?.has(base)) return prefixes.get(base);
      }
      return undefined;
    },
  };
}
