/**
 * Routes from each node to the pods of the others: through a tunnel, or straight by the other node's address
 * where both are on one link. What CNIs choose of this is data; the routes are the kernel's.
 */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import { ENCAPSULATION_BYTES, type EncapsulationKind } from '../../net/packet.ts';
import { prefixTable } from '../../net/prefix-table.ts';
import { type Fabric, type NodeInput, type Overhead, underlayAddress, type Wiring } from '../cni.ts';
import type { Device, Route, TunnelEnd, TunnelRemotes } from '../network.ts';
import { nodeMtu, onOneLink, UPLINK } from '../underlay.ts';
import type { RangesOfNodes } from './node-ranges.ts';

/** How much longer the outer header is in IPv6, in bytes (RFC 8200, section 3). */
const LONGER_HEADER: Overhead = { 4: 0, 6: 20 };

export interface TunnelOptions {
  /** The tunnel device of each family. */
  readonly devices: Readonly<Partial<Record<IpFamily, string>>>;
  readonly encapsulation: EncapsulationKind;
  readonly vni?: number;
  /** Programs tell the device the network and the other end of each packet; else it knows them. */
  readonly isExternal?: true;
  /** UDP port of each family; IP in IP has none. */
  readonly ports?: Readonly<Record<IpFamily, number>>;
  /** The address of the tunnel device itself; undefined: it has none. */
  deviceAddress(node: Node, family: IpFamily, cluster: Cluster): Ip | undefined;
  /** Is a node's address of the device invented? */
  assumesAddress?(node: Node, family: IpFamily): boolean;
  /** Bytes that the device's MTU is below the uplink's; default: what the encapsulation takes. */
  readonly overhead?: number;
  /** Hardware address of a node's tunnel device. */
  mac?(node: Node, family: IpFamily): string | undefined;
  /** What routes name as next hop: the other end's tunnel device, its node, or nothing (one route for all). */
  readonly nextHop: 'device' | 'node' | 'none';
}

export interface PeerOptions {
  /** Bytes that pods' MTU is below the uplink's, where the cluster has addresses of that family. */
  readonly overhead: Overhead;
  /** The pod ranges that each node is responsible for. */
  ranges(cluster: Cluster, family: IpFamily): RangesOfNodes;
  /** The address at which other nodes reach a node; default: the node's own. */
  nodeAddress?(node: Node, family: IpFamily): Ip | undefined;
  /** undefined: only direct routes. */
  readonly tunnel?: TunnelOptions;
  /** May routes go straight to a node on the same link, although there is a tunnel? */
  readonly direct?: 'on-link';
  /** Who makes the direct routes, as `ip route` names it. */
  readonly protocol?: string;
  /** Are addresses of the node's own ranges that no pod has thrown away? */
  readonly blackholes?: true;
}

/** A node as all others know it; made once for all of them, since each of thousands has routes to each other one. */
interface Peer {
  readonly node: Node;
  readonly family: IpFamily;
  readonly address: Ip;
  readonly ranges: readonly Cidr[];
  readonly device: Ip | undefined;
  readonly end: TunnelEnd;
}

/** A fabric of routes between nodes. */
export function peerFabric(options: PeerOptions): Fabric {
  const peersOf = onceFor((cluster: Cluster): readonly Peer[] =>
    ([4, 6] as const).flatMap((family) => makePeers(cluster, family, options)),
  );
  return {
    overhead: options.overhead,
    ...(options.tunnel === undefined ? {} : { tunnels: Object.values(options.tunnel.devices) }),
    onNode: (input) => joined(([4, 6] as const).map((family) => onNode(input, family, peersOf, options))),
  };
}

function joined(wirings: readonly Wiring[]): Wiring {
  return {
    devices: wirings.flatMap(({ devices }) => devices),
    routes: wirings.flatMap(({ routes }) => routes),
  };
}

function makePeers(cluster: Cluster, family: IpFamily, options: PeerOptions): readonly Peer[] {
  const ranges = options.ranges(cluster, family);
  return cluster.nodes.flatMap((node): readonly Peer[] => {
    const own = ranges.get(node);
    const address = (options.nodeAddress ?? underlayAddress)(node, family);
    if (own === undefined || address === undefined) return [];
    const mac = options.tunnel?.mac?.(node, family);
    const end = { address, node: node.name, ...(mac === undefined ? {} : { mac }) };
    const device = options.tunnel?.deviceAddress(node, family, cluster);
    return [{ node, family, address, ranges: own, device, end }];
  });
}

function onNode(
  input: NodeInput,
  family: IpFamily,
  peersOf: (cluster: Cluster) => readonly Peer[],
  options: PeerOptions,
): Wiring {
  const peers = peersOf(input.cluster).filter((peer) => peer.family === family);
  const own = peers.find(({ node }) => node.name === input.node.name);
  if (own === undefined) return { devices: [], routes: [] };
  const others = peers.filter((peer) => peer !== own);
  const blackholes = options.blackholes ? own.ranges.map(blackhole) : [];
  const device = options.tunnel?.devices[family];
  if (options.tunnel === undefined || device === undefined) {
    return {
      devices: [],
      routes: [...blackholes, ...others.flatMap((peer) => directRoutes(own, peer, options))],
    };
  }
  const isDirect = (peer: Peer) => options.direct === 'on-link' && onOneLink(own.address, peer.address);
  const { tunnel } = options;
  return {
    devices: [tunnelDevice(input, own, { others, tunnel, name: device })],
    routes: [
      ...blackholes,
      ...wholeNetwork(input.cluster, own, { tunnel, name: device }),
      ...others.flatMap((peer) =>
        isDirect(peer) ? directRoutes(own, peer, options) : tunnelRoutes(peer, { tunnel, name: device }),
      ),
    ],
  };
}

/** By the other node's address; the kernel refuses a next hop that is not on the link. */
function directRoutes(
  own: Peer,
  { node, address, ranges }: Peer,
  { protocol }: PeerOptions,
): readonly Route[] {
  if (!onOneLink(own.address, address)) return [];
  return ranges.map((prefix) => ({
    prefix,
    via: address,
    device: UPLINK,
    ...(protocol === undefined ? {} : { protocol }),
    ...because(node),
  }));
}

/** The overlay as one family sees it. */
interface NamedTunnel {
  readonly tunnel: TunnelOptions;
  readonly name: string;
}

function tunnelRoutes(peer: Peer, { tunnel: { nextHop }, name: device }: NamedTunnel): readonly Route[] {
  const via = nextHop === 'device' ? peer.device : peer.address;
  if (nextHop === 'none' || via === undefined) return [];
  return peer.ranges.map((prefix) => ({ prefix, device, via, onlink: true, ...because(peer.node) }));
}

/** One route to all pods, where the device itself knows who has which. */
function wholeNetwork(
  { profile }: Cluster,
  { family }: Peer,
  { tunnel, name: device }: NamedTunnel,
): readonly Route[] {
  if (tunnel.nextHop !== 'none') return [];
  return profile.podCidrs.filter((cidr) => cidr.family === family).map((prefix) => ({ prefix, device }));
}

function tunnelDevice(
  { node }: NodeInput,
  own: Peer,
  { others, tunnel, name }: NamedTunnel & { readonly others: readonly Peer[] },
): Device {
  const { family, address, end } = own;
  const port = tunnel.ports?.[family];
  return {
    name,
    addresses: own.device === undefined ? [] : [{ ip: own.device, length: WIDTH[family] }],
    mtu:
      nodeMtu(node) - (tunnel.overhead ?? ENCAPSULATION_BYTES[tunnel.encapsulation] + LONGER_HEADER[family]),
    ...(end.mac === undefined ? {} : { mac: end.mac }),
    ...(tunnel.assumesAddress?.(node, family) ? { assumed: true } : {}),
    link: {
      kind: 'tunnel',
      encapsulation: tunnel.encapsulation,
      ...(tunnel.vni === undefined ? {} : { vni: tunnel.vni }),
      ...(tunnel.isExternal ? { perPacketNetwork: true } : {}),
      ...(port === undefined ? {} : { port }),
      local: address,
      remotes: remotesOf(others, tunnel),
    },
  };
}

function remotesOf(others: readonly Peer[], { nextHop }: TunnelOptions): TunnelRemotes {
  if (nextHop === 'none') {
    const owned = others.flatMap(({ ranges, end, device }) => {
      const own = device === undefined ? [] : [cidrOf(device, WIDTH[device.family])];
      return [...ranges, ...own].map((range) => [range, end] as const);
    });
    return { by: 'destination', ends: prefixTable(owned) };
  }
  const ends = others.flatMap((peer) => {
    const via = nextHop === 'device' ? peer.device : peer.address;
    return via === undefined ? [] : [[via, peer.end] as const];
  });
  return { by: 'next-hop', ends: new Map(ends) };
}

function blackhole(prefix: Cidr): Route {
  return { prefix, device: 'lo', blackhole: true };
}

function because({ origin }: Node): Pick<Route, 'because'> {
  return origin === undefined ? {} : { because: [origin] };
}
