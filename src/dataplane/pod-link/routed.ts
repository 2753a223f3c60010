/**
 * Pods on routed veth pairs: no bridge, a /32 (IPv6: /128) route to each pod on the node, and a gateway that
 * the pod reaches over its own link. Plugins differ in the gateway's address and where it is configured.
 */

import type { Node } from '../../cluster/cluster.ts';
import { cidrContains, cidrOf, everyAddress } from '../../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../../net/ip.ts';
import {
  type NodeInput,
  namespaceIdOf,
  nodeNamespaceId,
  type PodInput,
  type PodLink,
  type Wiring,
} from '../cni.ts';
import type { Device, InterfaceAddress, Route } from '../network.ts';
import type { HostDeviceNames } from './host-devices.ts';

export interface RoutedOptions {
  readonly hostDevices: HostDeviceNames;
  /** The next hop of pods; undefined: none for that family. */
  gateway(node: Node, family: IpFamily): Ip | undefined;
  /** Does the host end of every pair hold the gateway's address? Else the node answers for it (proxy ARP). */
  readonly gatewayOnHost: boolean;
  /** What the pod's interface holds: its address alone, or with the length of the node's range. */
  readonly podPrefix: 'address' | 'node-range';
  /** Do the node's routes to its pods name the gateway as source? */
  readonly routeSource: boolean;
  /** `none`: others bring packets to pods, the node's routes name none of them. */
  readonly nodeRoutes?: 'none';
  /** Hardware address of every host end, where it is fixed. */
  readonly hostMac?: string;
}

/** The link of pods that are routed to. */
export function routedLink(options: RoutedOptions): PodLink {
  return {
    onNode: (input) => nodeWiring(input, options),
    inPod: (input) => podWiring(input, options),
  };
}

function nodeWiring({ node, pods, mtu }: NodeInput, options: RoutedOptions): Wiring {
  const names = options.hostDevices(pods);
  const gateways = gatewaysOf(node, options);
  const devices = pods.map((pod): Device => {
    const families = new Set(pod.ips.map(({ family }) => family));
    return {
      name: names.get(pod) ?? '',
      addresses: options.gatewayOnHost ? gateways.filter(({ ip }) => families.has(ip.family)) : [],
      mtu,
      ...(options.hostMac === undefined ? {} : { mac: options.hostMac }),
      link: {
        kind: 'veth',
        peer: { namespace: namespaceIdOf(pod), device: 'eth0' },
        hairpin: false,
        neighbors: pod.ips,
      },
    };
  });
  if (options.nodeRoutes === 'none') return { devices, routes: [] };
  const routes = pods.flatMap((pod) =>
    pod.ips.map((ip): Route => {
      const source = options.routeSource ? options.gateway(node, ip.family) : undefined;
      return {
        prefix: cidrOf(ip, WIDTH[ip.family]),
        device: names.get(pod) ?? '',
        ...(source === undefined ? {} : { src: source }),
      };
    }),
  );
  return { devices, routes };
}

function gatewaysOf(node: Node, { gateway }: RoutedOptions): readonly InterfaceAddress[] {
  return ([4, 6] as const).flatMap((family) => {
    const ip = gateway(node, family);
    return ip === undefined ? [] : [{ ip, length: WIDTH[family] }];
  });
}

function podWiring({ pod, node, pods, mtu }: PodInput, options: RoutedOptions): Wiring {
  const ips = pod.ips.filter((ip) => options.gateway(node, ip.family) !== undefined);
  const peer = { namespace: nodeNamespaceId(node.name), device: options.hostDevices(pods).get(pod) ?? '' };
  const eth0: Device = {
    name: 'eth0',
    addresses: ips.map((ip) => ({ ip, length: podLength(ip, node, options) })),
    mtu,
    link: { kind: 'veth', peer, hairpin: false, neighbors: [] },
  };
  return { devices: [eth0], routes: ips.flatMap((ip) => podRoutes(ip, node, options)) };
}

function podLength(ip: Ip, node: Node, { podPrefix }: RoutedOptions): number {
  const range = podPrefix === 'node-range' ? rangeAround(ip, node) : undefined;
  return range?.length ?? WIDTH[ip.family];
}

/** To the gateway over the link, to everything else by the gateway: the pod's neighbours on the node, too. */
function podRoutes(ip: Ip, node: Node, options: RoutedOptions): readonly Route[] {
  const via = options.gateway(node, ip.family);
  if (via === undefined) return [];
  const range = options.podPrefix === 'node-range' ? rangeAround(ip, node) : undefined;
  return [
    { prefix: cidrOf(via, WIDTH[via.family]), device: 'eth0' },
    ...(range === undefined ? [] : [{ prefix: range, via, device: 'eth0' }]),
    { prefix: everyAddress(ip.family), via, device: 'eth0' },
  ];
}

function rangeAround(ip: Ip, node: Node) {
  return node.podCidrs.find((cidr) => cidrContains(cidr, ip));
}
