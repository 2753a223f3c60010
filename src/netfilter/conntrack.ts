/**
 * Connection tracking: one entry per connection, with the tuple of each direction. NAT is a rewrite of
 * the reply tuple; every later packet is translated by comparing the two tuples, without any rule.
 * Source: Linux net/netfilter/nf_nat_core.c (nf_nat_packet): prerouting and output rewrite the
 * destination, input and postrouting the source; for the reply direction the roles are swapped.
 */

import type { Ip } from '../net/ip.ts';
import { changePacket, type Packet, reverseTuple, type Tuple } from '../net/packet.ts';
import type { Hook } from './ruleset.ts';

export interface ConntrackEntry {
  readonly original: Tuple;
  /** What an answer looks like when it comes back to this namespace. */
  readonly reply: Tuple;
  /** The connection's mark (connmark). */
  readonly mark?: number | undefined;
  /** The connection of a program that translates, or that judges by policies: the packet filter does not know it. */
  readonly owner?: 'program' | 'policy' | undefined;
  /** The node that handed the connection over, in a header that a program made: answers go back to it so. */
  readonly handedOverBy?: Ip | undefined;
  /** A virtual server chose the destination: it, not nat, translates the answers. */
  readonly balanced?: boolean | undefined;
}

export type Direction = 'original' | 'reply';

/** The entries of one network namespace. */
export type ConntrackTable = readonly ConntrackEntry[];

/** The entry of a connection's first packet, before any NAT. */
export function newEntry(packet: Tuple): ConntrackEntry {
  const original: Tuple = {
    protocol: packet.protocol,
    src: packet.src,
    srcPort: packet.srcPort,
    dst: packet.dst,
    dstPort: packet.dstPort,
  };
  return { original, reply: reverseTuple(original), mark: undefined, owner: undefined, balanced: undefined };
}

/** The entry that a packet belongs to, and in which direction it goes. */
export function findEntry(
  table: ConntrackTable,
  packet: Tuple,
): { readonly entry: ConntrackEntry; readonly direction: Direction } | undefined {
  for (const entry of table) {
    if (entry.owner !== undefined) continue;
    if (tuplesEqual(entry.reply, packet)) return { entry, direction: 'reply' };
    if (tuplesEqual(entry.original, packet)) return { entry, direction: 'original' };
  }
  return undefined;
}

/** The table with `entry` in place of the one that has the same original tuple. */
export function withEntry(table: ConntrackTable, entry: ConntrackEntry): ConntrackTable {
  return [
    ...table.filter((other) => other.owner !== undefined || !tuplesEqual(other.original, entry.original)),
    entry,
  ];
}

/** The entry after its destination was rewritten (DNAT). */
export function withDestination(entry: ConntrackEntry, ip: Ip, port: number): ConntrackEntry {
  const { protocol, dst, dstPort } = entry.reply;
  return withReply(entry, { protocol, src: ip, srcPort: port, dst, dstPort });
}

/** The entry after its source was rewritten (SNAT, masquerade). */
export function withSource(entry: ConntrackEntry, ip: Ip, port: number): ConntrackEntry {
  const { protocol, src, srcPort } = entry.reply;
  return withReply(entry, { protocol, src, srcPort, dst: ip, dstPort: port });
}

/** Written out, not spread: docs/adr/0006-written-out-copies.md. */
function withReply({ original, mark, owner, balanced }: ConntrackEntry, reply: Tuple): ConntrackEntry {
  return { original, reply, mark, owner, balanced };
}

/** Was this connection's destination (`dst`) or source (`src`) rewritten? */
export function isTranslated(entry: ConntrackEntry, side: 'src' | 'dst'): boolean {
  const { original, reply } = entry;
  return side === 'dst'
    ? reply.src !== original.dst || reply.srcPort !== original.dstPort
    : reply.dst !== original.src || reply.dstPort !== original.srcPort;
}

/**
 * Rewrites a packet of a known connection at a hook: the side that the connection has translated; in answers the other one
 * (Linux net/netfilter/nf_nat_core.c nf_nat_packet: IPS_SRC_NAT and IPS_DST_NAT, inverted for the reply direction).
 * @returns the same packet where nothing is to be rewritten.
 */
export function translateByEntry(
  packet: Packet,
  entry: ConntrackEntry,
  { direction, hook }: { readonly direction: Direction; readonly hook: Hook },
): Packet {
  const wanted = reverseTuple(direction === 'original' ? entry.reply : entry.original);
  const side = rewrittenSide(hook);
  if (side === undefined || !rewrites(entry, { direction, side })) return packet;
  if (side === 'dst') {
    if (packet.dst === wanted.dst && packet.dstPort === wanted.dstPort) return packet;
    return changePacket(packet, { dst: wanted.dst, dstPort: wanted.dstPort });
  }
  if (packet.src === wanted.src && packet.srcPort === wanted.srcPort) return packet;
  return changePacket(packet, { src: wanted.src, srcPort: wanted.srcPort });
}

function rewrittenSide(hook: Hook): 'src' | 'dst' | undefined {
  if (hook === 'prerouting' || hook === 'output') return 'dst';
  return hook === 'input' || hook === 'postrouting' ? 'src' : undefined;
}

function rewrites(
  entry: ConntrackEntry,
  { direction, side }: { readonly direction: Direction; readonly side: 'src' | 'dst' },
): boolean {
  if (direction === 'original') return isTranslated(entry, side);
  // A virtual server's answers are its own business.
  if (side === 'src' && entry.balanced) return false;
  return isTranslated(entry, side === 'src' ? 'dst' : 'src');
}

export function tuplesEqual(a: Tuple, b: Tuple): boolean {
  return (
    a.src === b.src &&
    a.dst === b.dst &&
    a.srcPort === b.srcPort &&
    a.dstPort === b.dstPort &&
    a.protocol === b.protocol
  );
}
