/** Does a match hold for a packet? Source: iptables(8), iptables-extensions(8), nft(8). */

import { cidrContains } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import type { ConntrackState, Match } from './ruleset.ts';
import { isInSet, setKey } from './sets.ts';

/** Whose process a socket belongs to. */
export interface SocketOwner {
  readonly uid: number;
  readonly gid: number;
}

/** What the rules can see. */
export interface FilterContext {
  readonly packet: Packet;
  /** The device that the packet came in by; undefined for one that is sent here. */
  readonly inDevice?: string | undefined;
  /** The device that it will leave by; undefined before routing and for local delivery. */
  readonly outDevice?: string | undefined;
  /** The bridge port that the frame came in by, where the bridge filters. */
  readonly bridgePort?: string | undefined;
  /** The virtual server of the packet's connection, as its key (`setKey`). */
  readonly virtualServer?: string | undefined;
  readonly states: readonly ConntrackState[];
  /** Is the address one of this namespace's own (routing table `local`, loopback included)? */
  isLocal(ip: Ip): boolean;
  /** Is it an address of this device? */
  isAddressOf?(device: string, ip: Ip): boolean;
  /** The mark of the packet's connection; undefined: none. */
  readonly connectionMark?: number | undefined;
  /** Whose process sent it; undefined: it came in, or nobody knows. */
  readonly owner?: SocketOwner | undefined;
  /** Did a process here send it? */
  readonly isSentHere?: boolean | undefined;
  /** Keep the rules that are tried? It costs, and few ask for it. */
  readonly keepTried?: boolean;
}

/**
 * Does the match hold? A random choice does: the evaluation splits there.
 * @param mark of the packet, as the rules before have left it; `connectionMark` likewise.
 */
export function matchHolds(
  match: Match,
  context: FilterContext,
  mark: number,
  connectionMark: number,
): boolean {
  switch (match.kind) {
    case 'statistic':
    case 'nfacct':
      return true;
    case 'recent':
      return match.action === 'set';
    default:
      return testMatch(match, context, mark, connectionMark) !== (match.not === true);
  }
}

/** The match as written, without its inversion. */
function testMatch(
  match: Exclude<Match, { readonly kind: 'statistic' | 'recent' | 'nfacct' }>,
  context: FilterContext,
  mark: number,
  connectionMark: number,
): boolean {
  const { packet } = context;
  switch (match.kind) {
    case 'protocol':
      return packet.protocol === match.protocol;
    case 'source':
      return cidrContains(match.cidr, packet.src);
    case 'destination':
      return cidrContains(match.cidr, packet.dst);
    case 'in-interface':
      return isDevice(match.name, context.inDevice);
    case 'out-interface':
      return isDevice(match.name, context.outDevice);
    case 'source-port':
      return packet.srcPort === match.port;
    case 'destination-port':
      return packet.dstPort === match.port;
    case 'destination-ports':
      return match.ports.includes(packet.dstPort);
    case 'conntrack-state':
      return match.states.some((state) => context.states.includes(state));
    case 'mark':
      return (mark & match.mask) >>> 0 === match.value;
    case 'connection-mark':
      return (connectionMark & match.mask) >>> 0 === match.value;
    case 'socket':
      return context.isSentHere === true;
    case 'owner':
      return context.owner?.[match.by] === match.id;
    case 'address-type':
      return isLocalAddress(match, context);
    case 'address-in': {
      const ip = match.side === 'src' ? packet.src : packet.dst;
      return match.cidrs.some((cidr) => cidrContains(cidr, ip));
    }
    case 'set':
      return isInSet(match.set, match.key, packet);
    case 'bridged':
      return context.bridgePort !== undefined;
    case 'virtual-server':
      return context.virtualServer === setKey(match.ip, match.protocol, match.port);
  }
}

function isLocalAddress(
  { side, interface: limit }: Extract<Match, { readonly kind: 'address-type' }>,
  context: FilterContext,
): boolean {
  const ip = side === 'src' ? context.packet.src : context.packet.dst;
  if (limit === undefined) return context.isLocal(ip);
  const device = limit === 'in' ? context.inDevice : context.outDevice;
  return device !== undefined && (context.isAddressOf?.(device, ip) ?? false);
}

/** `veth+` means every name that begins with `veth`; no device fits no name. */
function isDevice(name: string, device: string | undefined): boolean {
  if (device === undefined) return false;
  return name.endsWith('+') ? device.startsWith(name.slice(0, -1)) : device === name;
}
