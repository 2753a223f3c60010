/**
 * The packet on its way. Values are immutable: a rewrite makes a new packet, so that the tracer can
 * show before and after.
 */

import { type Ip, printSocketAddress } from './ip.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp' | 'icmp';
/** What may stand in an IP header: IP in IP is protocol 4. */
export type PacketProtocol = Protocol | 'ipip';

/** The outer header of a tunnelled packet. */
export interface Encapsulation {
  readonly kind: EncapsulationKind;
  readonly src: Ip;
  readonly dst: Ip;
  /** UDP ports; IP in IP has none. */
  readonly ports?: { readonly src: number; readonly dst: number } | undefined;
  /** The virtual network; VXLAN and Geneve only. */
  readonly vni?: number | undefined;
  readonly ttl: number;
}

export type EncapsulationKind = 'vxlan' | 'geneve' | 'ipip' | 'wireguard' | 'udp';

/**
 * Bytes that each encapsulation adds to an IPv4 packet with an IPv4 header outside: RFC 7348 and RFC 8926
 * (outer IP, UDP, 8 bytes of their own, inner Ethernet), RFC 2003 (outer IP), wireguard.com/papers/wireguard.pdf
 * 5.4.6 (outer IP, UDP, 32 bytes; padding not counted).
 */
export const ENCAPSULATION_BYTES: Readonly<Record<EncapsulationKind, number>> = {
  vxlan: 50,
  geneve: 50,
  ipip: 20,
  wireguard: 60,
  udp: 28,
};

export interface Packet {
  readonly protocol: PacketProtocol;
  readonly src: Ip;
  readonly srcPort: number;
  readonly dst: Ip;
  readonly dstPort: number;
  /** IPv4 TTL or IPv6 hop limit. */
  readonly ttl: number;
  /** The kernel's packet mark (fwmark); it never leaves the node. */
  readonly mark: number;
  readonly outer?: Encapsulation | undefined;
  /** The address that the client asked, where a load balancer sends it along for the backend's node (DSR). */
  readonly askedFor?: { readonly ip: Ip; readonly port: number } | undefined;
}

/** The addresses and ports that identify a flow in one direction. */
export type Tuple = Pick<Packet, 'protocol' | 'src' | 'srcPort' | 'dst' | 'dstPort'>;

/** Initial TTL of Linux (net.ipv4.ip_default_ttl). */
const DEFAULT_TTL = 64;

/** A packet as its sender makes it. @param given.mark that the sender's socket gives it. */
export function newPacket(
  { protocol, src, srcPort, dst, dstPort, mark = 0 }: Tuple & { readonly mark?: number },
  ttl: number = DEFAULT_TTL,
): Packet {
  return { protocol, src, srcPort, dst, dstPort, ttl, mark, outer: undefined, askedFor: undefined };
}

/** The packet with some fields changed. Written out, not spread: docs/adr/0006-written-out-copies.md. */
export function changePacket(packet: Packet, changes: Partial<Omit<Packet, 'protocol'>>): Packet {
  const { src = packet.src, srcPort = packet.srcPort, dst = packet.dst, dstPort = packet.dstPort } = changes;
  const { ttl = packet.ttl, mark = packet.mark } = changes;
  const outer = 'outer' in changes ? changes.outer : packet.outer;
  const askedFor = 'askedFor' in changes ? changes.askedFor : packet.askedFor;
  return { protocol: packet.protocol, src, srcPort, dst, dstPort, ttl, mark, outer, askedFor };
}

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

/** `10.0.0.11:51000`, or the bare address of an encapsulation without ports. */
export function printOuter({ src, dst, ports }: Encapsulation): {
  readonly src: string;
  readonly dst: string;
} {
  if (ports === undefined) return { src: src.text, dst: dst.text };
  return { src: printSocketAddress(src, ports.src), dst: printSocketAddress(dst, ports.dst) };
}

/** `vxlan 1`, `ipip`: an encapsulation by its kind and virtual network. */
export function printEncapsulation({ kind, vni }: Pick<Encapsulation, 'kind' | 'vni'>): string {
  return vni === undefined ? kind : `${kind} ${vni}`;
}

/** `10.244.1.5:40000`, the packet's sender. */
export function printSource(packet: Tuple): string {
  return printSocketAddress(packet.src, packet.srcPort);
}

/** `10.96.0.50:80`, the packet's destination. */
export function printDestination(packet: Tuple): string {
  return printSocketAddress(packet.dst, packet.dstPort);
}
