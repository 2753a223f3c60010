/**
 * What lies between namespaces: the other end of a wire. Nodes hang on one link (assumption A_SUBNET);
 * whatever address no node owns is outside the cluster, behind the same link.
 */

import type { Node } from '../cluster/cluster.ts';
import { type Cidr, cidrContains, cidrOf, cidrSize, everyAddress, nthAddress } from '../net/cidr.ts';
import { type Ip, type IpFamily, WIDTH } from '../net/ip.ts';
import { prefixTable } from '../net/prefix-table.ts';
import type { Device, NetworkNamespace, Route } from './network.ts';

/** The node's interface on the underlay. */
export const UPLINK = 'eth0';
/** Bytes; another one is a fact of the profile (A_MTU). */
const ETHERNET_MTU = 1500;
/** Manifests do not tell the length of the nodes' subnet. */
const ASSUMED_SUBNET: Readonly<Record<IpFamily, number>> = { 4: 24, 6: 64 };

/** The MTU of a node's uplink in bytes. */
export function nodeMtu({ mtu }: Pick<Node, 'mtu'>): number {
  return mtu ?? ETHERNET_MTU;
}

/** Are two addresses in one of the subnets that nodes are taken to have (assumption A_SUBNET)? */
export function onOneLink(a: Ip, b: Ip): boolean {
  return cidrContains(cidrOf(a, ASSUMED_SUBNET[a.family]), b);
}

/** The uplink of a node. */
export function uplinkDevice(node: Node): Device {
  const addresses = [
    ...node.primaryAddresses,
    ...node.addresses.filter((ip) => !node.primaryAddresses.includes(ip)),
  ];
  return {
    name: UPLINK,
    addresses: addresses.map((ip) => ({ ip, length: ASSUMED_SUBNET[ip.family] })),
    mtu: nodeMtu(node),
    link: { kind: 'uplink' },
  };
}

/**
 * The connected subnets of the uplink, and the default route by a router in the first one of each family.
 * @param nodeByIp addresses that the router cannot have.
 */
export function uplinkRoutes(node: Node, nodeByIp: ReadonlyMap<Ip, Node>): readonly Route[] {
  const connected = new Map<string, Cidr>();
  for (const ip of [...node.primaryAddresses, ...node.addresses]) {
    const subnet = cidrOf(ip, ASSUMED_SUBNET[ip.family]);
    connected.set(subnet.text, subnet);
  }
  const routes: Route[] = [...connected.values()].map((prefix) => ({ prefix, device: UPLINK }));
  for (const family of [4, 6] as const) {
    const subnet = [...connected.values()].find((cidr) => cidr.family === family);
    if (subnet === undefined) continue;
    routes.push({ prefix: everyAddress(family), via: routerOf(subnet, nodeByIp), device: UPLINK });
  }
  return routes;
}

/** The first address of the subnet that no node has; nodes may fill several such subnets of a larger one. */
function routerOf(subnet: Cidr, nodeByIp: ReadonlyMap<Ip, Node>): Ip {
  const last = cidrSize(subnet) - 2;
  for (let index = 1; index < last; index++) {
    const ip = nthAddress(subnet, index);
    if (!nodeByIp.has(ip)) return ip;
  }
  return nthAddress(subnet, last);
}

/** A host outside the cluster that sits on the nodes' link. */
export function externalNamespace(ip: Ip): NetworkNamespace {
  const uplink: Device = {
    name: UPLINK,
    addresses: [{ ip, length: WIDTH[ip.family] }],
    mtu: ETHERNET_MTU,
    link: { kind: 'uplink' },
  };
  return {
    id: `external/${ip.text}`,
    place: { kind: 'external', name: ip.text, address: ip },
    devices: new Map([[UPLINK, uplink]]),
    routes: prefixTable([[everyAddress(ip.family), { prefix: everyAddress(ip.family), device: UPLINK }]]),
    local: new Set([ip]),
    bridgeNetfilter: false,
    forwards: false,
  };
}

/** Is the address in one of the ranges? */
export function isWithin(ranges: readonly Cidr[], ip: Ip): boolean {
  return ranges.some((range) => cidrContains(range, ip));
}
