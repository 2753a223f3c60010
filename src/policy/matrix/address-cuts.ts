/** Address space cut at the borders of blocks: inside a piece, no block tells two addresses apart. */

import type { Cidr } from '../../net/cidr.ts';
import { type Ip, type IpFamily, ipFromBits, WIDTH } from '../../net/ip.ts';

type Bits = Ip['bits'];

export interface AddressCuts {
  /** The first address of each piece, in order; the last piece ends with the address space. */
  readonly starts: readonly Bits[];
  readonly family: IpFamily;
}

/** The pieces that the borders of the blocks cut a family's addresses into. */
export function cutAddresses(family: IpFamily, blocks: Iterable<Cidr>): AddressCuts {
  const starts = new Set<Bits>([family === 4 ? 0 : 0n]);
  for (const block of blocks) {
    if (block.family !== family) continue;
    starts.add(block.base.bits);
    const after = lastOf(block) + 1n;
    if (after < 1n << BigInt(WIDTH[family])) starts.add(family === 4 ? Number(after) : after);
  }
  return { family, starts: [...starts].sort((a, b) => (a < b ? -1 : 1)) };
}

/** The number of the piece that holds the address. */
export function pieceOf({ starts }: AddressCuts, bits: Bits): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] as Bits) <= bits) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The pieces that a block consists of: from the first up to, but not including, the second. */
export function piecesOf(cuts: AddressCuts, block: Cidr): readonly [from: number, to: number] {
  if (block.family !== cuts.family) return [0, 0];
  const last = lastOf(block);
  return [pieceOf(cuts, block.base.bits), pieceOf(cuts, cuts.family === 4 ? Number(last) : last) + 1];
}

/** First and last address of a piece. */
export function piece({ family, starts }: AddressCuts, index: number): readonly [first: Ip, last: Ip] {
  const next = starts[index + 1];
  const end = next === undefined ? 1n << BigInt(WIDTH[family]) : BigInt(next);
  const last = end - 1n;
  return [ipFromBits(starts[index] as Bits), ipFromBits(family === 4 ? Number(last) : last)];
}

function lastOf({ base, length, family }: Cidr): bigint {
  return BigInt(base.bits) + (1n << BigInt(WIDTH[family] - length)) - 1n;
}
