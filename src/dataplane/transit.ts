/** A packet inside one namespace, on one branch of the random choices that its rules make. */

import type { Cidr } from '../net/cidr.ts';
import { type Fraction, ONE } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import { changePacket, type Packet } from '../net/packet.ts';
import type { ConntrackEntry, ConntrackTable, Direction } from '../netfilter/conntrack.ts';
import type { SocketOwner } from '../netfilter/match.ts';
import type { FilterPoint, NetworkEvent } from './event.ts';
import type { Device } from './network.ts';
import type { PolicyLook } from './policy-look.ts';
import type { ProgramVerdict } from './program.ts';

export interface Transit {
  /** Part of the connections that take this branch. */
  readonly share: Fraction;
  readonly packet: Packet;
  readonly table: ConntrackTable;
  /** The packet's connection, once conntrack has seen it. */
  readonly tracked?:
    | {
        readonly entry: ConntrackEntry;
        readonly direction: Direction;
        readonly isNew: boolean;
      }
    | undefined;
  /** Connection tracking leaves it alone, and so does address translation. */
  readonly untracked?: true | undefined;
  readonly events: readonly NetworkEvent[];
  /** A virtual server has just sent it to a real server: it is to be routed anew. */
  readonly scheduled?: boolean | undefined;
  readonly detail?: Detail | undefined;
  /** Whose socket sends it; no packet that came in by a device has one. */
  readonly owner?: SocketOwner | undefined;
  /** A process of this namespace sends it. */
  readonly isSentHere?: boolean | undefined;
}

/** What is known of who sends a packet, and what its sender wants to know. */
export interface Sending {
  readonly detail?: Detail | undefined;
  readonly owner?: SocketOwner | undefined;
  readonly isSentHere?: boolean | undefined;
}

/** What is kept beyond what decides: the rules that were tried and did not match. */
export type Detail = 'rules';

/** Why a packet goes no further. */
export type Stop =
  | { readonly kind: 'drop'; readonly point: FilterPoint }
  | { readonly kind: 'reject'; readonly point: FilterPoint }
  | { readonly kind: 'program'; readonly verdict: ProgramVerdict }
  | { readonly kind: 'policy'; readonly look: PolicyLook }
  | { readonly kind: 'no-route' }
  | { readonly kind: 'blackhole'; readonly prefix: Cidr }
  | { readonly kind: 'reverse-path'; readonly device: string }
  /** It comes from outside with an address of this host as its source. */
  | { readonly kind: 'martian-source'; readonly device: string }
  | { readonly kind: 'neighbor-unreachable'; readonly address: Ip; readonly device: string }
  | { readonly kind: 'hairpin-off'; readonly bridge: string; readonly port: string }
  | { readonly kind: 'ttl-exceeded' }
  /** It is for somebody else, and this host does not forward. */
  | { readonly kind: 'not-for-us' };

/** How a packet leaves a namespace. */
export type Exit =
  | { readonly kind: 'wire'; readonly device: Device; readonly nextHop: Ip }
  | { readonly kind: 'local'; readonly device: string }
  | { readonly kind: 'stopped'; readonly stop: Stop };

export interface Departure {
  readonly transit: Transit;
  readonly exit: Exit;
}

/** A packet that enters a namespace. */
export function newTransit(
  packet: Packet,
  table: ConntrackTable,
  { detail, owner, isSentHere }: Sending = {},
): Transit {
  return {
    share: ONE,
    packet,
    table,
    events: [],
    tracked: undefined,
    untracked: undefined,
    scheduled: undefined,
    detail,
    owner,
    isSentHere,
  };
}

/** The transit after some operations; the last one's packet is the current one. */
export function withEvents(transit: Transit, ...events: readonly NetworkEvent[]): Transit {
  const packet = events[events.length - 1]?.packet ?? transit.packet;
  return changeTransit(transit, { packet, events: transit.events.concat(events) });
}

/** The transit with some fields changed. Written out, not spread: docs/adr/0006-written-out-copies.md. */
export function changeTransit(
  transit: Transit,
  changes: Partial<Omit<Transit, 'detail' | 'owner' | 'isSentHere'>>,
): Transit {
  const { share = transit.share, packet = transit.packet, table = transit.table } = changes;
  const { events = transit.events, tracked = transit.tracked, untracked = transit.untracked } = changes;
  const scheduled = 'scheduled' in changes ? changes.scheduled : transit.scheduled;
  const { detail, owner, isSentHere } = transit;
  return { share, packet, table, events, tracked, untracked, scheduled, detail, owner, isSentHere };
}

/**
 * A device sends the packet. The mark is the kernel's own: it is not on the wire, but loopback leaves it
 * (Linux net/core/skbuff.c skb_scrub_packet, drivers/net/loopback.c loopback_xmit).
 */
export function transmission(device: Device, { packet }: Transit): NetworkEvent {
  const keepsMark = packet.mark === 0 || device.link.kind === 'loopback';
  const unmarked = keepsMark ? packet : changePacket(packet, { mark: 0 });
  return { kind: 'transmit', packet: unmarked, device: device.name, mtu: device.mtu };
}

/** The transit ends here. */
export function stopped(transit: Transit, stop: Stop): Departure {
  return { transit, exit: { kind: 'stopped', stop } };
}

/** Applies the next stage to every branch that is still on its way; mostly there is one. */
export function onward<Result>(
  branches: readonly (Transit | Departure)[],
  next: (transit: Transit) => readonly (Result | Departure)[],
): readonly (Result | Departure)[] {
  const [first] = branches;
  if (branches.length === 1 && first !== undefined) return 'exit' in first ? [first] : next(first);
  return branches.flatMap((branch) => ('exit' in branch ? [branch] : next(branch)));
}

/**
 * What goes round by the loopback device keeps its connection, whatever addresses it has by now
 * (Linux net/netfilter/nf_conntrack_core.c nf_conntrack_in: "Previously seen (loopback or untracked)?").
 * @returns undefined for a packet that leaves the namespace.
 */
export function loopedConnection(device: Device, { tracked }: Transit): Transit['tracked'] {
  return device.link.kind === 'loopback' && tracked !== undefined ? { ...tracked, isNew: false } : undefined;
}
