/**
 * A VXLAN overlay with one permanent neighbour and forwarding entry per node, as flannel programs it
 * (flannel-io/flannel: pkg/backend/vxlan/vxlan_network.go): the tunnel device holds the base address of
 * the node's pod range as a /32 (IPv6: /128), and every other node's range is routed to that node's base address.
 */

import type { Cluster, Node } from '../../cluster/cluster.ts';
import { nthAddress } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import { type Fabric, type NodeInput, podCidrOf, type Wiring } from '../cni.ts';
import type { Device, Route } from '../network.ts';

/** IPv4, UDP, VXLAN and inner Ethernet headers, in bytes (RFC 7348). */
const VXLAN_OVERHEAD = 50;
/** How much longer the outer header is in IPv6, in bytes (RFC 8200, section 3). */
const LONGER_HEADER = 20;
const FAMILIES: readonly IpFamily[] = [4, 6];

export interface VxlanOptions {
  /** The tunnel device of each family. */
  readonly devices: Readonly<Record<IpFamily, string>>;
  readonly vni: number;
  /** UDP port. */
  readonly port: number;
  /** The address at which a node's tunnel end is reached. */
  tunnelAddress(node: Node, family: IpFamily): Ip | undefined;
}

/** One device for each family, with the other nodes' ranges of that family behind it. */
export function vxlanFabric(options: VxlanOptions): Fabric {
  const known = new WeakMap<Cluster, readonly (readonly TunnelEnd[])[]>();
  const endsOf = (cluster: Cluster): readonly (readonly TunnelEnd[])[] => {
    const ends = known.get(cluster) ?? FAMILIES.map((family) => tunnelEnds(cluster, options, family));
    known.set(cluster, ends);
    return ends;
  };
  return {
    overhead: VXLAN_OVERHEAD,
    onNode(input) {
      const wirings = endsOf(input.cluster).map((ends) => nodeWiring(input, ends, options));
      return {
        devices: wirings.flatMap(({ devices }) => devices),
        routes: wirings.flatMap(({ routes }) => routes),
      };
    },
  };
}

/** A node as all others know it. */
interface TunnelEnd {
  readonly node: Node;
  readonly remote: { readonly address: Ip; readonly node: string };
  /** To its pods, by the base address of their range. */
  readonly route: Route & { readonly via: Ip };
}

/** Made once for all nodes: each of thousands has a route to each other one. */
function tunnelEnds(
  { nodes }: Cluster,
  { devices, tunnelAddress }: VxlanOptions,
  family: IpFamily,
): readonly TunnelEnd[] {
  const device = devices[family];
  return nodes.flatMap((node): TunnelEnd | readonly [] => {
    const prefix = podCidrOf(node, family);
    const address = tunnelAddress(node, family);
    if (prefix === undefined || address === undefined) return [];
    const because = node.origin === undefined ? {} : { because: [node.origin] };
    const route = { prefix, device, via: nthAddress(prefix, 0), onlink: true, ...because };
    return { node, remote: { address, node: node.name }, route };
  });
}

function nodeWiring(
  { node, mtu }: NodeInput,
  ends: readonly TunnelEnd[],
  { vni, port }: VxlanOptions,
): Wiring {
  const own = ends.find((end) => end.node === node);
  if (own === undefined) return { devices: [], routes: [] };
  const others = ends.filter((end) => end !== own);
  const remotes = new Map(others.map(({ route, remote }) => [route.via, remote]));
  const local = own.remote.address;
  const tunnel: Device = {
    name: own.route.device,
    addresses: [{ ip: own.route.via, length: WIDTH[local.family] }],
    mtu: local.family === 4 ? mtu : mtu - LONGER_HEADER,
    link: { kind: 'vxlan', vni, port, local, remotes },
  };
  return { devices: [tunnel], routes: others.map(({ route }) => route) };
}
