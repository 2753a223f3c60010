/**
 * Pods on a Linux bridge (containernetworking/plugins: plugins/main/bridge, host-local IPAM): one veth
 * pair a pod, its host end a port of the bridge; the bridge holds the gateway address, the first one of
 * the node's pod range. The host end's name is random: it is shown as `veth~<pod>`.
 */

import { type Cidr, cidrContains, everyAddress, nthAddress } from '../../net/cidr.ts';
import {
  type NodeInput,
  namespaceIdOf,
  nodeNamespaceId,
  type PodInput,
  type PodLink,
  type Wiring,
} from '../cni.ts';
import type { Device, InterfaceAddress, Route } from '../network.ts';
import { randomNames } from './host-devices.ts';

const HOST_DEVICES = randomNames('veth');

export interface BridgeOptions {
  /** `cni0`; kubenet calls it `cbr0`. */
  readonly bridge: string;
  readonly hairpin: boolean;
  /** Does the pod get a route to the whole pod network, besides its default route? (flannel does.) */
  readonly routesCluster: boolean;
}

export function bridgeLink(options: BridgeOptions): PodLink {
  return {
    onNode: (input) => nodeWiring(input, options),
    inPod: (input) => podWiring(input, options),
  };
}

function nodeWiring({ node, pods, mtu }: NodeInput, options: BridgeOptions): Wiring {
  const bridge: Device = {
    name: options.bridge,
    addresses: node.podCidrs.map((cidr) => ({ ip: nthAddress(cidr, 1), length: cidr.length })),
    mtu,
    link: { kind: 'bridge' },
  };
  const names = HOST_DEVICES(pods);
  const ports = pods.map(
    (pod): Device => ({
      name: names.get(pod) ?? '',
      addresses: [],
      mtu,
      link: {
        kind: 'veth',
        peer: { namespace: namespaceIdOf(pod), device: 'eth0' },
        bridge: options.bridge,
        hairpin: options.hairpin,
        neighbors: pod.ips,
      },
    }),
  );
  const routes = node.podCidrs.map((prefix): Route => ({ prefix, device: options.bridge }));
  return { devices: [bridge, ...ports], routes };
}

function podWiring({ pod, node, pods, clusterCidrs, mtu }: PodInput, options: BridgeOptions): Wiring {
  const addresses: InterfaceAddress[] = [];
  const routes: Route[] = [];
  for (const ip of pod.ips) {
    const range = node.podCidrs.find((cidr) => cidrContains(cidr, ip));
    const subnet: Cidr | undefined = range ?? node.podCidrs.find((cidr) => cidr.family === ip.family);
    if (subnet === undefined) continue;
    addresses.push({ ip, length: subnet.length });
    const via = nthAddress(subnet, 1);
    routes.push({ prefix: subnet, device: 'eth0' }, { prefix: everyAddress(ip.family), via, device: 'eth0' });
    if (!options.routesCluster) continue;
    for (const prefix of clusterCidrs) {
      if (prefix.family === ip.family && prefix.text !== subnet.text)
        routes.push({ prefix, via, device: 'eth0' });
    }
  }
  const peer = { namespace: nodeNamespaceId(node.name), device: HOST_DEVICES(pods).get(pod) ?? '' };
  const eth0: Device = {
    name: 'eth0',
    addresses,
    mtu,
    link: { kind: 'veth', peer, hairpin: false, neighbors: [] },
  };
  return { devices: [eth0], routes };
}
