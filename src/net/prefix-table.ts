/** Longest-prefix match over CIDRs, as a routing table does it. */

import { type Cidr, networkBits } from './cidr.ts';
import type { Ip, IpFamily } from './ip.ts';

export interface PrefixTable<Value> {
  /** The value of the longest prefix that holds the address; undefined when none does. */
  lookup(ip: Ip): Value | undefined;
  /** Every entry, in the order given. */
  readonly entries: readonly (readonly [Cidr, Value])[];
}

type Bits = Ip['bits'];

/** The prefixes of one length, by their bits. */
interface Length<Value> {
  readonly length: number;
  readonly prefixes: Map<Bits, Value>;
}

/** Builds a table. Of two entries with the same prefix the first one counts, as with equal metrics. */
export function prefixTable<Value>(entries: readonly (readonly [Cidr, Value])[]): PrefixTable<Value> {
  const longestFirst = { 4: lengthsOf(entries, 4), 6: lengthsOf(entries, 6) };
  return {
    entries,
    lookup({ family, bits }) {
      for (const { length, prefixes } of longestFirst[family]) {
        // By bits, not by address: a masked address of each length tried would be interned for good.
        const base = networkBits(bits, length);
        if (prefixes.has(base)) return prefixes.get(base);
      }
      return undefined;
    },
  };
}

function lengthsOf<Value>(
  entries: readonly (readonly [Cidr, Value])[],
  family: IpFamily,
): readonly Length<Value>[] {
  const byLength = new Map<number, Map<Bits, Value>>();
  for (const [cidr, value] of entries) {
    if (cidr.family !== family) continue;
    const prefixes = byLength.get(cidr.length) ?? new Map<Bits, Value>();
    byLength.set(cidr.length, prefixes);
    if (!prefixes.has(cidr.base.bits)) prefixes.set(cidr.base.bits, value);
  }
  return [...byLength]
    .map(([length, prefixes]) => ({ length, prefixes }))
    .sort((a, b) => b.length - a.length);
}
