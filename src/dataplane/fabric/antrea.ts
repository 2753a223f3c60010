/**
 * Antrea's devices and routes on a node: the gateway, a port of the Open vSwitch bridge with the first address of the
 * node's range, and the kernel's device of the tunnel, whose remote end flows choose. The node routes to the pods of
 * others by the gateway, or straight where nothing is encapsulated.
 * Source: antrea-io/antrea:pkg/agent/route/route_linux.go AddRoutes, pkg/agent/config/traffic_encap_mode.go.
 */

import type { Node } from '../../cluster/cluster.ts';
import { type Cidr, nthAddress } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import {
  type Fabric,
  type NodeInput,
  type Overhead,
  podCidrOf,
  underlayAddress,
  type Wiring,
} from '../cni.ts';
import type { Device, Route } from '../network.ts';
import { BRIDGE, GATEWAY } from '../ovs/antrea-pipeline.ts';
import { onOneLink, UPLINK } from '../underlay.ts';
import { destinationTunnel } from './destination-tunnel.ts';

export interface AntreaTunnel {
  /** The kernel's device of Open vSwitch's tunnels: `genev_sys_6081`. */
  readonly device: string;
  readonly encapsulation: 'geneve' | 'vxlan';
  /** UDP. */
  readonly port: number;
  /** `off-link`: only to nodes of other subnets (hybrid). */
  readonly serves: 'every-node' | 'off-link';
}

export interface AntreaFabricOptions {
  readonly overhead: Overhead;
  /** undefined: nothing is encapsulated (noEncap). */
  readonly tunnel?: AntreaTunnel;
}

/** The fabric. */
export function antreaFabric(options: AntreaFabricOptions): Fabric {
  return {
    overhead: options.overhead,
    ...(options.tunnel === undefined
      ? { underlayKnowsPods: 'ranges' }
      : { tunnels: [options.tunnel.device] }),
    onNode: (input) => onNode(input, options),
  };
}

/** Does what one node sends to the pods of another go in a header? */
export function isTunnelled(
  tunnel: AntreaTunnel | undefined,
  { from, to, family }: { readonly from: Node; readonly to: Node; readonly family: Ip['family'] },
): boolean {
  if (tunnel === undefined) return false;
  const [own, other] = [underlayAddress(from, family), underlayAddress(to, family)];
  return tunnel.serves === 'every-node' || own === undefined || other === undefined || !onOneLink(own, other);
}

/** The gateway's address on a node: the first one of its range. */
export function antreaGateway(node: Node, family: Ip['family']): Ip | undefined {
  const range = podCidrOf(node, family);
  return range === undefined ? undefined : nthAddress(range, 1);
}

function onNode({ node, cluster, mtu }: NodeInput, { tunnel }: AntreaFabricOptions): Wiring {
  const others = cluster.nodes.filter(({ name }) => name !== node.name);
  const gateway: Device = {
    name: GATEWAY,
    addresses: node.podCidrs.map((range) => ({ ip: nthAddress(range, 1), length: range.length })),
    mtu,
    switch: BRIDGE,
    link: { kind: 'dummy' },
  };
  return {
    devices: [gateway, ...tunnelDevices(node, others, tunnel)],
    routes: [
      ...node.podCidrs.map((prefix): Route => ({ prefix, device: GATEWAY, src: nthAddress(prefix, 1) })),
      ...others.flatMap((other) =>
        other.podCidrs.flatMap((range) => routeTo(node, other, { range, tunnel })),
      ),
    ],
  };
}

function tunnelDevices(
  node: Node,
  others: readonly Node[],
  tunnel: AntreaTunnel | undefined,
): readonly Device[] {
  if (tunnel === undefined) return [];
  const rangesOf = ({ podCidrs }: Node) => podCidrs;
  const device = destinationTunnel(node, others, { ...tunnel, vni: 0, switch: BRIDGE, rangesOf });
  return device === undefined ? [] : [device];
}

function routeTo(
  node: Node,
  other: Node,
  { range: prefix, tunnel }: { readonly range: Cidr; readonly tunnel: AntreaTunnel | undefined },
): readonly Route[] {
  const { family } = prefix;
  const because = other.origin === undefined ? {} : { because: [other.origin] };
  if (isTunnelled(tunnel, { from: node, to: other, family })) {
    return [{ prefix, via: nthAddress(prefix, 1), device: GATEWAY, onlink: true, ...because }];
  }
  const [own, via] = [underlayAddress(node, family), underlayAddress(other, family)];
  if (own === undefined || via === undefined || !onOneLink(own, via)) return [];
  return [{ prefix, via, device: UPLINK, ...because }];
}
