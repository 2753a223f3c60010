/**
 * Network namespaces as the kernel sees them: devices, routes, neighbours and the packet filter.
 * CNIs build this state; the kernel's rules (kernel.ts and its siblings) run packets through it and know
 * no CNI.
 */

import { type Cidr, cidrContains, cidrOf } from '../net/cidr.ts';
import { type Ip, type IpFamily, isLoopback } from '../net/ip.ts';
import type { EncapsulationKind } from '../net/packet.ts';
import type { PrefixTable } from '../net/prefix-table.ts';
import type { Ruleset } from '../netfilter/ruleset.ts';
import type { SourceRef } from '../source/ref.ts';
import type { PolicyGuard } from './policy-look.ts';
import type { Programs } from './program.ts';

/** `node/node-a`, `pod/shop/web-0`, `external/203.0.113.9`. */
export type NamespaceId = `${'node' | 'pod' | 'external'}/${string}`;

export interface InterfaceAddress {
  readonly ip: Ip;
  /** Prefix length. */
  readonly length: number;
}

export type Link =
  | { readonly kind: 'loopback' }
  /** It holds addresses, and nothing is behind it. */
  | { readonly kind: 'dummy' }
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
  | TunnelLink;

export interface TunnelLink {
  readonly kind: 'tunnel';
  readonly encapsulation: EncapsulationKind;
  /** VXLAN and Geneve only. */
  readonly vni?: number;
  /** The network is told with each packet, `vni` unless it is another one, and any is taken in. */
  readonly perPacketNetwork?: true;
  /** UDP port; IP in IP has none. */
  readonly port?: number;
  /** Outer source address. */
  readonly local: Ip;
  readonly remotes: TunnelRemotes;
}

/** The other end of a tunnel. */
export interface TunnelEnd {
  /** Outer destination. */
  readonly address: Ip;
  readonly node: string;
  /** Hardware address of the tunnel device there, where somebody wrote it or it can be computed. */
  readonly mac?: string;
}

/**
 * How a tunnel device finds the other end: by the next hop of the route (VXLAN: neighbour entry and forwarding
 * database in one; IP in IP: the next hop is the outer destination), or by the inner destination (WireGuard:
 * AllowedIPs of the peers).
 */
export type TunnelRemotes =
  | { readonly by: 'next-hop'; readonly ends: ReadonlyMap<Ip, TunnelEnd> }
  | { readonly by: 'destination'; readonly ends: PrefixTable<TunnelEnd> };

export interface Device {
  readonly name: string;
  /** The primary address of each family first. */
  readonly addresses: readonly InterfaceAddress[];
  /** Bytes. */
  readonly mtu: number;
  /** Hardware address, where it is fixed or can be computed. */
  readonly mac?: string;
  /** Are its addresses invented? */
  readonly assumed?: true;
  /** The Open vSwitch bridge that it is a port of: programs do what flows do there. */
  readonly switch?: string;
  readonly link: Link;
}

export interface Route {
  readonly prefix: Cidr;
  readonly device: string;
  /** undefined: the destination is on the link. */
  readonly via?: Ip;
  /** The next hop need not lie in a connected prefix. */
  readonly onlink?: boolean;
  /** The address that local processes send from by this route (`src`). */
  readonly src?: Ip;
  /** Packets that go by it are no larger, in bytes; undefined: as the device has it. */
  readonly mtu?: number;
  /** Who made it, as `ip route` names it (`proto bird`). */
  readonly protocol?: string;
  /** Packets are thrown away without a word. */
  readonly blackhole?: true;
  /** Whatever it is for is taken here (`local`), as an address of the table `local` is. */
  readonly local?: true;
  readonly because?: readonly SourceRef[];
}

/** A rule of the routing policy database (ip-rule(8)); all of its conditions must hold. */
export interface RoutingRule {
  readonly priority: number;
  readonly from?: Cidr;
  readonly to?: Cidr;
  readonly mark?: { readonly value: number; readonly mask: number };
  /** The rule holds where its conditions do not. */
  readonly not?: true;
  readonly table: string;
}

/** What decides about a route. */
export interface RouteKey {
  /** undefined: a process that has no address yet. */
  readonly src?: Ip;
  readonly dst: Ip;
  readonly mark: number;
}

/** Where a network namespace is shown to be. */
export interface Place {
  readonly kind: 'pod' | 'node' | 'external' | 'loadbalancer' | 'resolver';
  readonly name: string;
  readonly namespace?: string;
  readonly node?: string;
  readonly address?: Ip;
}

export interface NetworkNamespace {
  readonly id: NamespaceId;
  readonly place: Place;
  readonly devices: ReadonlyMap<string, Device>;
  /** The main table. */
  readonly routes: PrefixTable<Route>;
  /** Rules before that of the main table, by priority, and the tables that they name. */
  readonly routingRules?: readonly RoutingRule[];
  readonly routingTables?: ReadonlyMap<string, PrefixTable<Route>>;
  /** Addresses of its own; 127.0.0.0/8 and ::1 are implied. */
  readonly local: ReadonlySet<Ip>;
  /** The packet filter; undefined: none is loaded. */
  readonly ruleset?: (family: IpFamily) => Ruleset;
  /** Programs at its devices and sockets; undefined: none. */
  readonly programs?: Programs;
  /** The policy engine; undefined: nobody judges packets here. */
  readonly guard?: PolicyGuard;
  /** net.bridge.bridge-nf-call-iptables: bridged frames pass the packet filter, too. */
  readonly bridgeNetfilter: boolean;
  /** net.ipv4.conf.DEVICE.rp_filter, the larger of `all` and the device's own; undefined: off everywhere. */
  readonly reversePath?: (device: string) => ReversePath;
  /** net.ipv4.conf.DEVICE.accept_local, or that of `all`; undefined: nowhere. */
  readonly acceptsLocal?: (device: string) => boolean;
  /** net.ipv4.ip_forward: packets for other addresses are passed on. */
  readonly forwards: boolean;
}

/**
 * The route of a packet: the first rule whose table has one, then the main table.
 * Source: ip-rule(8), Linux net/core/fib_rules.c fib_rules_lookup.
 */
export function lookupRoute(namespace: NetworkNamespace, key: RouteKey): Route | undefined {
  for (const rule of namespace.routingRules ?? []) {
    if (ruleHolds(rule, key) === (rule.not === true)) continue;
    const table = rule.table === 'main' ? namespace.routes : namespace.routingTables?.get(rule.table);
    const route = table?.lookup(key.dst);
    if (route !== undefined) return route;
  }
  return namespace.routes.lookup(key.dst);
}

function ruleHolds({ from, to, mark }: RoutingRule, key: RouteKey): boolean {
  if (from !== undefined && (key.src === undefined || !cidrContains(from, key.src))) return false;
  if (to !== undefined && !cidrContains(to, key.dst)) return false;
  return mark === undefined || (key.mark & mark.mask) >>> 0 === mark.value;
}

/** `strict`: answers must leave by the device that a packet came in by; `loose`: there must be a route at all. */
export type ReversePath = 'off' | 'strict' | 'loose';

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

/** Is a packet with this key taken here: by its address, or by a route that says so? */
export function isTakenHere(namespace: NetworkNamespace, key: RouteKey): boolean {
  if (isLocalAddress(namespace, key.dst)) return true;
  return namespace.routingRules !== undefined && lookupRoute(namespace, key)?.local === true;
}
