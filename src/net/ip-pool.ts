/** Deterministic allocation of addresses: the same names in the same order get the same addresses. */

import { type Cidr, nthAddress } from './cidr.ts';
import { slotFor } from './hash.ts';
import type { Ip } from './ip.ts';

/** A run of consecutive addresses of a range that may be handed out. */
export interface IpRun {
  readonly cidr: Cidr;
  /** Offset of the first one from the base of the range. */
  readonly from: number;
  /** How many; 0 or less: none. */
  readonly count: number;
}

/**
 * Gives `name` an address of the first run that has a free one, and adds it to `taken`.
 * @returns undefined when every address of every run is taken.
 */
export function allocateIp(runs: readonly IpRun[], taken: Set<Ip>, name: string): Ip | undefined {
  for (const { cidr, from, count } of runs) {
    const slot = slotFor(name, count, (offset) => !taken.has(nthAddress(cidr, from + offset)));
    if (slot === undefined) continue;
    const ip = nthAddress(cidr, from + slot);
    taken.add(ip);
    return ip;
  }
  return undefined;
}
