/**
 * The kernel's virtual servers (IPVS): an address and port whose connections are spread over real servers,
 * behind input for packets that came in, behind nat's output for those that are sent here.
 * Source: Linux net/netfilter/ipvs/ip_vs_core.c (ip_vs_ops4, ip_vs_schedule, ip_vs_leave), ipvsadm(8).
 */

import type { Ip } from '../net/ip.ts';
import type { Packet, PacketProtocol, Protocol } from '../net/packet.ts';
import type { SourceRef } from '../source/ref.ts';
import type { NamedSet } from './sets.ts';

export interface RealServer {
  readonly ip: Ip;
  readonly port: number;
  readonly weight: number;
  readonly origin: readonly SourceRef[];
}

export interface VirtualServer {
  readonly ip: Ip;
  readonly port: number;
  readonly protocol: Protocol;
  /** `rr`, `sh`…: ipvsadm's `-s`. */
  readonly scheduler: string;
  /** ipvsadm's `-b`. */
  readonly schedulerFlags?: string | undefined;
  /** Seconds that a client stays with its real server. */
  readonly persistence?: number | undefined;
  readonly realServers: readonly RealServer[];
  readonly origin: readonly SourceRef[];
}

/** The virtual servers of one namespace and family. */
export interface VirtualServers {
  /** By address, protocol and port (`setKey`). May be computed when first read. */
  readonly servers: ReadonlyMap<string, VirtualServer>;
  /** The one that has these, without a look at all others. */
  at(ip: Ip, protocol: PacketProtocol, port: number): VirtualServer | undefined;
  /** Addresses that a device of its own makes the namespace's (kube-ipvs0). */
  readonly addresses: ReadonlySet<Ip>;
  /** The ipsets that go with them, in the order of their making. */
  readonly sets: readonly NamedSet[];
}

/** The virtual server that a packet is for. */
export function virtualServerOf(
  table: VirtualServers | undefined,
  { dst, protocol, dstPort }: Packet,
): VirtualServer | undefined {
  return table?.at(dst, protocol, dstPort);
}
