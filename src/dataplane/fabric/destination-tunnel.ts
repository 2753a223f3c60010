/** A tunnel device that finds the other node by the destination of the packet in it: programs or flows send pods' packets. */

import type { Node } from '../../cluster/cluster.ts';
import type { Cidr } from '../../net/cidr.ts';
import { prefixTable } from '../../net/prefix-table.ts';
import { underlayAddress } from '../cni.ts';
import type { Device, TunnelEnd } from '../network.ts';
import { nodeMtu } from '../underlay.ts';

export interface DestinationTunnel {
  readonly device: string;
  readonly encapsulation: 'vxlan' | 'geneve';
  /** UDP. */
  readonly port: number;
  /** The virtual network of every packet; undefined: each has its own. */
  readonly vni?: number;
  /** The switch that it is a port of. */
  readonly switch?: string;
  /** Addresses that a node takes out of the tunnel. */
  rangesOf(node: Node): readonly Cidr[];
}

/** The device on a node; outer packets are IPv4 where nodes have it. undefined: the node has no address to send from. */
export function destinationTunnel(
  node: Node,
  others: readonly Node[],
  { device, encapsulation, port, vni, switch: bridge, rangesOf }: DestinationTunnel,
): Device | undefined {
  const local = underlayAddress(node, 4) ?? underlayAddress(node, 6);
  if (local === undefined) return undefined;
  const ends = others.flatMap((other): readonly (readonly [Cidr, TunnelEnd])[] => {
    const address = underlayAddress(other, local.family);
    if (address === undefined) return [];
    return rangesOf(other).map((range) => [range, { address, node: other.name }] as const);
  });
  return {
    name: device,
    addresses: [],
    mtu: nodeMtu(node),
    ...(bridge === undefined ? {} : { switch: bridge }),
    link: {
      kind: 'tunnel',
      encapsulation,
      ...(vni === undefined ? {} : { vni }),
      perPacketNetwork: true,
      port,
      local,
      remotes: { by: 'destination', ends: prefixTable(ends) },
    },
  };
}
