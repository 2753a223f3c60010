/**
 * The packet on its way. Values are immutable: a rewrite makes a new packet, so that the tracer can
 * show before and after.
 */

import { type Ip, printSocketAddress } from './ip.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp';

/** The outer header of a tunnelled packet. */
export interface Encapsulation {
  readonly kind: 'vxlan';
  readonly src: Ip;
  readonly srcPort: number;
  readonly dst: Ip;
  readonly dstPort: number;
  readonly vni: number;
  readonly ttl: number;
}

export interface Packet {
  readonly protocol: Protocol;
  readonly src: Ip;
  readonly srcPort: number;
  readonly dst: Ip;
  readonly dstPort: number;
  /** IPv4 TTL or IPv6 hop limit. */
  readonly ttl: number;
  /** The kernel's packet mark (fwmark); it never leaves the node. */
  readonly mark: number;
  readonly outer?: Encapsulation;
}

/** The addresses and ports that identify a flow in one direction. */
export type Tuple = Pick<Packet, 'protocol' | 'src' | 'srcPort' | 'dst' | 'dstPort'>;

/** The tuple of the answer to a packet with this tuple. */
export function reverseTuple(tuple: Tuple): Tuple {
  return {
    protocol: tuple.protocol,
    src: tuple.dst,
    srcPort: tuple.dstPort,
    dst: tuple.src,
    dstPort: tuple.srcPort,
  };
}

/** A map key for a tuple. */
export function tupleKey(tuple: Tuple): string {
  return `${tuple.protocol} ${tuple.src.text} ${tuple.srcPort} ${tuple.dst.text} ${tuple.dstPort}`;
}

/** `10.244.1.5:40000`, the packet's sender. */
export function printSource(packet: Tuple): string {
  return printSocketAddress(packet.src, packet.srcPort);
}

/** `10.96.0.50:80`, the packet's destination. */
export function printDestination(packet: Tuple): string {
  return printSocketAddress(packet.dst, packet.dstPort);
}
