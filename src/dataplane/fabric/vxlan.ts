/**
 * A VXLAN overlay with one permanent neighbour and forwarding entry per node, as flannel programs it
 * (flannel-io/flannel: pkg/backend/vxlan/vxlan_network.go): the tunnel device holds the base address of
 * the node's pod range as a /32, and every other node's range is routed to that node's base address.
 */

import type { Node } from '../../cluster/cluster.ts';
import { nthAddress } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import { type Fabric, type NodeInput, podCidrOf, type Wiring } from '../cni.ts';
import type { Device, Route } from '../network.ts';

/** IPv4, UDP, VXLAN and inner Ethernet headers, in bytes (RFC 7348). */
const VXLAN_OVERHEAD = 50;

export interface VxlanOptions {
  readonly device: string;
  readonly vni: number;
  /** UDP port. */
  readonly port: number;
  /** The address at which a node's tunnel end is reached. */
  tunnelAddress(node: Node, family: IpFamily): Ip | undefined;
}

/** IPv4 only: flannel's IPv6 overlay is a second device, which is not modelled. */
export function vxlanFabric(options: VxlanOptions): Fabric {
  return { overhead: VXLAN_OVERHEAD, onNode: (input) => nodeWiring(input, options) };
}

function nodeWiring({ node, cluster, mtu }: NodeInput, options: VxlanOptions): Wiring {
  const own = podCidrOf(node, 4);
  const local = options.tunnelAddress(node, 4);
  if (own === undefined || local === undefined) return { devices: [], routes: [] };
  const remotes = new Map<Ip, { address: Ip; node: string }>();
  const routes: Route[] = [];
  for (const peer of cluster.nodes) {
    const prefix = podCidrOf(peer, 4);
    const address = options.tunnelAddress(peer, 4);
    if (peer === node || prefix === undefined || address === undefined) continue;
    const via = nthAddress(prefix, 0);
    remotes.set(via, { address, node: peer.name });
    routes.push({
      prefix,
      device: options.device,
      via,
      onlink: true,
      ...(peer.origin === undefined ? {} : { because: [peer.origin] }),
    });
  }
  const device: Device = {
    name: options.device,
    addresses: [{ ip: nthAddress(own, 0), length: WIDTH[4] }],
    mtu,
    link: { kind: 'vxlan', vni: options.vni, port: options.port, local, remotes },
  };
  return { devices: [device], routes };
}
