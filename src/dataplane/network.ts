/**
 * Network namespaces as the kernel sees them: devices, routes, neighbours and the packet filter.
 * CNIs build this state; the kernel's rules (kernel.ts and its siblings) run packets through it and know
 * no CNI.
 */

import { type Cidr, cidrContains, cidrOf } from '../net/cidr.ts';
import { type Ip, type IpFamily, isLoopback } from '../net/ip.ts';
import type { PrefixTable } from '../net/prefix-table.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import type { SourceRef } from '../source/ref.ts';

/** `node/node-a`, `pod/shop/web-0`, `external/203.0.113.9`. */
export type NamespaceId = `${'node' | 'pod' | 'external'}/${string}`;

export interface InterfaceAddress {
  readonly ip: Ip;
  /** Prefix length. */
  readonly length: number;
}

export type Link =
  | { readonly kind: 'loopback' }
  /** The node's (or an outside host's) interface on the underlay. */
  | { readonly kind: 'uplink' }
  | { readonly kind: 'bridge' }
  | {
      readonly kind: 'veth';
      /** The other end. */
      readonly peer: { readonly namespace: NamespaceId; readonly device: string };
      /** The bridge that this end is a port of. */
      readonly bridge?: string;
      /** May the bridge send a frame back to the port it came from? */
      readonly hairpin: boolean;
      /** Addresses behind the other end, as neighbours of the bridge know them. */
      readonly neighbors: readonly Ip[];
    }
  | {
      readonly kind: 'vxlan';
      readonly vni: number;
      readonly port: number;
      /** Outer source address. */
      readonly local: Ip;
      /** Remote tunnel end (neighbour entry and forwarding database in one): next hop to node address. */
      readonly remotes: ReadonlyMap<Ip, { readonly address: Ip; readonly node: string }>;
    };

export interface Device {
  readonly name: string;
  /** The primary address of each family first. */
  readonly addresses: readonly InterfaceAddress[];
  /** Bytes. */
  readonly mtu: number;
  readonly link: Link;
}

export interface Route {
  readonly prefix: Cidr;
  readonly device: string;
  /** undefined: the destination is on the link. */
  readonly via?: Ip;
  /** The next hop need not lie in a connected prefix. */
  readonly onlink?: boolean;
  readonly because?: readonly SourceRef[];
}

/** Where a network namespace is shown to be. */
export interface Place {
  readonly kind: 'pod' | 'node' | 'external' | 'resolver';
  readonly name: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly address?: Ip;
}

export interface NetworkNamespace {
  readonly id: NamespaceId;
  readonly place: Place;
  readonly devices: ReadonlyMap<string, Device>;
  readonly routes: PrefixTable<Route>;
  /** Addresses of its own; 127.0.0.0/8 and ::1 are implied. */
  readonly local: ReadonlySet<Ip>;
  /** The packet filter; undefined: none is loaded. */
  readonly ruleset?: (family: IpFamily) => Ruleset;
  /** net.bridge.bridge-nf-call-iptables: bridged frames pass the packet filter, too. */
  readonly bridgeNetfilter: boolean;
  /** net.ipv4.ip_forward: packets for other addresses are passed on. */
  readonly forwards: boolean;
}

/** The first address of a family on a device. */
export function primaryAddress(device: Device, family: IpFamily): Ip | undefined {
  return device.addresses.find((address) => address.ip.family === family)?.ip;
}

/**
 * The address of a device that packets to a next hop carry: the one on the next hop's subnet, else the
 * first of the family (Linux net/ipv4/devinet.c inet_select_addr).
 */
export function addressTowards(device: Device, nextHop: Ip): Ip | undefined {
  const near = device.addresses.find(({ ip, length }) => cidrContains(cidrOf(ip, length), nextHop));
  return near?.ip ?? primaryAddress(device, nextHop.family);
}

/** Is this an address of the namespace itself (routing table `local`)? */
export function isLocalAddress(namespace: NetworkNamespace, ip: Ip): boolean {
  return namespace.local.has(ip) || isLoopback(ip);
}
