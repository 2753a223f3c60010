/**
 * Sets of addresses and ports, and maps from them to verdicts: one look-up instead of a rule for each
 * element. nftables' named sets and maps, and ipset's sets, which iptables' rules ask.
 */

import { type Cidr, cidrContains } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import type { SourceRef } from '../source/ref.ts';

/** What of a packet a key is made of. */
export type KeyField = 'source' | 'destination' | 'protocol' | 'source-port' | 'destination-port';

export interface SetElement {
  readonly comment?: string;
  /** The manifest fields that the element is made from. */
  readonly origin: readonly SourceRef[];
}

export interface NamedSet {
  readonly name: string;
  /** In the words of the tool that makes it: `ipv4_addr`, `hash:ip,port`. */
  readonly type: string;
  readonly comment?: string;
  /** `dynamic,timeout`: rules fill the set. */
  readonly flags?: readonly string[];
  /** Seconds that an element lives. */
  readonly timeout?: number;
  /** By key, as `setKey` makes it. May be computed when first read. */
  readonly elements: ReadonlyMap<string, SetElement>;
  /** Of a set whose last part is a range: the ranges by the key of the other parts. */
  readonly ranges?: ReadonlyMap<string, readonly Cidr[]>;
}

/** The key of these parts, as nftables writes it: `10.96.0.10 . tcp . 80`. */
export function setKey(...parts: readonly (Ip | string | number)[]): string {
  let key = '';
  for (const part of parts) {
    key += `${key === '' ? '' : ' . '}${typeof part === 'object' ? part.text : part}`;
  }
  return key;
}

/** The key that a packet has. */
export function packetKey(fields: readonly KeyField[], packet: Packet): string {
  return fields.map((field) => fieldText(field, packet)).join(' . ');
}

/** Is the packet's key an element of the set? */
export function isInSet({ elements, ranges }: NamedSet, key: readonly KeyField[], packet: Packet): boolean {
  if (ranges === undefined) return elements.has(packetKey(key, packet));
  const within = ranges.get(packetKey(key.slice(0, -1), packet)) ?? [];
  const ip = key.at(-1) === 'source' ? packet.src : packet.dst;
  return within.some((range) => cidrContains(range, ip));
}

function fieldText(field: KeyField, packet: Packet): string | number {
  switch (field) {
    case 'source':
      return packet.src.text;
    case 'destination':
      return packet.dst.text;
    case 'protocol':
      return packet.protocol;
    case 'source-port':
      return packet.srcPort;
    case 'destination-port':
      return packet.dstPort;
  }
}
