/**
 * Cilium's devices and routes on a node: the router's pair cilium_host and cilium_net, and an overlay device that
 * takes its remote end packet by packet. Routes serve the node's own packets; those of pods are sent by programs.
 * Source: cilium/cilium:Documentation/network/concepts/routing.rst, pkg/datapath/linux/node.go.
 */

import type { Node } from '../../cluster/cluster.ts';
import { type Cidr, cidrOf } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import {
  type Fabric,
  type NodeInput,
  nodeNamespaceId,
  type Overhead,
  underlayAddress,
  type Wiring,
} from '../cni.ts';
import type { Device, InterfaceAddress, Route } from '../network.ts';
import { nodeMtu, onOneLink, UPLINK } from '../underlay.ts';
import { destinationTunnel } from './destination-tunnel.ts';

const FAMILIES: readonly IpFamily[] = [4, 6];
const ROUTER_DEVICE = 'cilium_host';
const ROUTER_PEER = 'cilium_net';

export interface CiliumFabricOptions {
  readonly overhead: Overhead;
  /** undefined: native routing. */
  readonly tunnel?: {
    readonly device: string;
    readonly encapsulation: 'vxlan' | 'geneve';
    readonly port: number;
  };
  /** Native routing: routes by the other nodes (auto-direct-node-routes); else the network between them knows pods. */
  readonly directNodeRoutes: boolean;
  /** Has each pod a route of its own? Else the router's device has the node's range. */
  readonly endpointRoutes: boolean;
  routerAddress(node: Node, family: IpFamily): Ip | undefined;
  /** Is it invented? */
  assumesRouter(node: Node): boolean;
}

/** The fabric. */
export function ciliumFabric(options: CiliumFabricOptions): Fabric {
  const knowsPods = options.tunnel === undefined && !options.directNodeRoutes;
  return {
    overhead: options.overhead,
    ...(knowsPods ? { underlayKnowsPods: 'each' } : {}),
    onNode: (input) => onNode(input, options),
  };
}

function onNode(input: NodeInput, options: CiliumFabricOptions): Wiring {
  const { node, cluster } = input;
  const routers = FAMILIES.flatMap((family) => options.routerAddress(node, family) ?? []);
  const others = cluster.nodes.filter(({ name }) => name !== node.name);
  const tunnels = options.tunnel === undefined ? [] : tunnelDevices(node, others, options);
  return {
    devices: [...tunnels, ...routerPair(node, routers, options)],
    routes: routers.flatMap((router) => [
      { prefix: cidrOf(router, WIDTH[router.family]), device: ROUTER_DEVICE },
      ...(options.endpointRoutes ? [] : ownRoutes(node, router)),
      ...others.flatMap((other) => remoteRoutes(input, other, { router, options })),
    ]),
    // bpf/init.sh setup_dev.
    sysctls: Object.fromEntries(
      [ROUTER_DEVICE, ROUTER_PEER, ...tunnels.map(({ name }) => name)].map((device) => [
        `net.ipv4.conf.${device}.accept_local`,
        '1',
      ]),
    ),
  };
}

function routerPair(
  node: Node,
  routers: readonly Ip[],
  { assumesRouter }: CiliumFabricOptions,
): readonly Device[] {
  const namespace = nodeNamespaceId(node.name);
  const end = (name: string, peer: string, addresses: readonly InterfaceAddress[]): Device => ({
    name,
    addresses,
    mtu: nodeMtu(node),
    ...(addresses.length > 0 && assumesRouter(node) ? { assumed: true } : {}),
    link: { kind: 'veth', peer: { namespace, device: peer }, hairpin: false, neighbors: [] },
  });
  return [
    end(
      ROUTER_DEVICE,
      ROUTER_PEER,
      routers.map((ip) => ({ ip, length: WIDTH[ip.family] })),
    ),
    end(ROUTER_PEER, ROUTER_DEVICE, []),
  ];
}

/** One device: tunnel endpoints are the nodes' addresses. */
function tunnelDevices(
  node: Node,
  others: readonly Node[],
  { tunnel, routerAddress }: CiliumFabricOptions,
): readonly Device[] {
  if (tunnel === undefined) return [];
  const rangesOf = (other: Node): readonly Cidr[] => {
    const routers = FAMILIES.flatMap((family) => routerAddress(other, family) ?? []);
    return [...other.podCidrs, ...routers.map((ip) => cidrOf(ip, WIDTH[ip.family]))];
  };
  const device = destinationTunnel(node, others, { ...tunnel, rangesOf });
  return device === undefined ? [] : [device];
}

function ownRoutes({ podCidrs }: Node, router: Ip): readonly Route[] {
  return podCidrs
    .filter((prefix) => prefix.family === router.family)
    .map((prefix) => ({ prefix, via: router, device: ROUTER_DEVICE, src: router, onlink: true }));
}

/** pkg/datapath/linux/node.go createNodeRouteSpec: the router's device takes more than the tunnel, so the route says it. */
function remoteRoutes(
  { node, mtu }: NodeInput,
  other: Node,
  { router, options }: { readonly router: Ip; readonly options: CiliumFabricOptions },
): readonly Route[] {
  const ranges = other.podCidrs.filter(({ family }) => family === router.family);
  const because = other.origin === undefined ? {} : { because: [other.origin] };
  if (options.tunnel !== undefined) {
    return ranges.map((prefix) => ({
      prefix,
      via: router,
      device: ROUTER_DEVICE,
      src: router,
      onlink: true,
      mtu,
      ...because,
    }));
  }
  const [own, via] = [underlayAddress(node, router.family), underlayAddress(other, router.family)];
  if (!options.directNodeRoutes || own === undefined || via === undefined || !onOneLink(own, via)) return [];
  return ranges.map((prefix) => ({ prefix, via, device: UPLINK, ...because }));
}
