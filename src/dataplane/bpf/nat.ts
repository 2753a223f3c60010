/** Address rewrites of programs, and the entries by which they undo them in answers. */

import type { Ip } from '../../net/ip.ts';
import { changePacket, type Packet, reverseTuple } from '../../net/packet.ts';
import {
  type ConntrackEntry,
  type ConntrackTable,
  newEntry,
  tuplesEqual,
} from '../../netfilter/conntrack.ts';
import type { NetworkEvent, ProgramPoint, Translation } from '../event.ts';

/** The rewritten packet, the table that knows of it, and what is to be told. */
export interface Rewritten {
  readonly packet: Packet;
  readonly table: ConntrackTable;
  readonly events: readonly NetworkEvent[];
}

export interface Rewrite {
  readonly dst?: { readonly ip: Ip; readonly port: number };
  readonly src?: { readonly ip: Ip; readonly port: number };
  readonly point: ProgramPoint;
  /** The node that handed the connection over. */
  readonly handedOverBy?: Ip;
}

/** Rewrites a connection's first packet and remembers it. */
export function rewriteNew(packet: Packet, table: ConntrackTable, rewrite: Rewrite): Rewritten {
  const { src = { ip: packet.src, port: packet.srcPort }, dst = { ip: packet.dst, port: packet.dstPort } } =
    rewrite;
  const after = changePacket(packet, { src: src.ip, srcPort: src.port, dst: dst.ip, dstPort: dst.port });
  const entry: ConntrackEntry = {
    original: newEntry(packet).original,
    reply: reverseTuple(after),
    owner: 'program',
    handedOverBy: rewrite.handedOverBy,
  };
  return {
    packet: after,
    table: [...table, entry],
    events: changes(packet, after, { dst: 'dnat', src: 'snat' }, rewrite.point),
  };
}

/** Undoes in an answer what was done to its connection; undefined: it belongs to none. */
export function rewriteReply(
  packet: Packet,
  table: ConntrackTable,
  point: ProgramPoint,
): Rewritten | undefined {
  const entry = programEntry(packet, table);
  if (entry === undefined) return undefined;
  const after = changePacket(packet, reverseTuple(entry.original));
  return { packet: after, table, events: changes(packet, after, { dst: 'reverse', src: 'reverse' }, point) };
}

/** The connection of a program that the packet is an answer of; undefined: there is none. */
export function programEntry(packet: Packet, table: ConntrackTable): ConntrackEntry | undefined {
  return table.find(({ owner, reply }) => owner === 'program' && tuplesEqual(reply, packet));
}

/** One event for each side that changed, the destination first. */
function changes(
  before: Packet,
  after: Packet,
  names: Readonly<Record<'src' | 'dst', Translation>>,
  program: ProgramPoint,
): readonly NetworkEvent[] {
  const half = changePacket(before, { dst: after.dst, dstPort: after.dstPort });
  const events: NetworkEvent[] = [];
  if (half.dst !== before.dst || half.dstPort !== before.dstPort) {
    events.push({
      kind: 'translate',
      packet: half,
      nat: names.dst,
      side: 'dst',
      before,
      hook: undefined,
      program,
    });
  }
  if (after.src !== half.src || after.srcPort !== half.srcPort) {
    events.push({
      kind: 'translate',
      packet: after,
      nat: names.src,
      side: 'src',
      before: half,
      hook: undefined,
      program,
    });
  }
  return events;
}
