/**
 * Calico (projectcalico/calico: felix, cni-plugin): routed pods behind cali* devices, blocks of a pool for each
 * node, routes or one of several overlays between them, policies in the packet filter.
 */

import type { Node } from '../../cluster/cluster.ts';
import { type Cidr, nthAddress, nthSubnet } from '../../net/cidr.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { sha1Hex } from '../../net/sha1.ts';
import {
  booleanOption,
  type Cni,
  type CniBackend,
  type CniOption,
  type CniSettings,
  cidrsOption,
  type Fabric,
  type Facets,
  NO_OVERHEAD,
  numberOption,
  type Overhead,
  podCidrOf,
} from '../cni.ts';
import { detectCalico } from '../detect/calico.ts';
import { calicoNat } from '../egress-nat/calico-nat.ts';
import { blockRanges } from '../fabric/node-ranges.ts';
import { peerFabric, type TunnelOptions } from '../fabric/peers.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { calicoLink } from '../pod-link/calico.ts';
import { calicoPolicies } from '../policy-engines.ts';

const DEFAULT_VNI = 4096;
export const CALICO_VXLAN_PORT = 4789;
const BLOCK_SIZE: Readonly<Record<IpFamily, number>> = { 4: 26, 6: 122 };
const WIREGUARD_PORTS = { 4: 51820, 6: 51821 } as const;

export const CALICO_BACKENDS: readonly CniBackend[] = [
  { name: 'ipip', text: 'IP in IP over tunl0, always' },
  { name: 'ipip-crosssubnet', text: 'IP in IP only to nodes on another link' },
  { name: 'vxlan', text: 'VXLAN over vxlan.calico, UDP 4789, always' },
  { name: 'vxlan-crosssubnet', text: 'VXLAN only to nodes on another link' },
  { name: 'bgp', text: 'no encapsulation: routes that BGP spreads', aliases: ['none', 'noencap', 'bird'] },
  { name: 'wireguard', text: 'WireGuard over wireguard.cali, UDP 51820' },
];

export const CALICO_OPTIONS: readonly CniOption[] = [
  {
    name: 'natOutgoing',
    type: 'boolean',
    text: 'pods take the node’s address on the way out',
    default: 'true',
  },
  { name: 'blockSize', type: 'number', text: 'prefix length of a block of addresses', default: '26' },
  {
    name: 'tunnelAddresses',
    type: 'addresses',
    text: 'address of each node’s tunnel device',
    default: 'invented',
  },
  { name: 'vni', type: 'number', text: 'VXLAN network', default: '4096' },
  { name: 'port', type: 'number', text: 'UDP port of VXLAN', default: '4789' },
  {
    name: 'hostEncryption',
    type: 'boolean',
    text: 'wireguard: pods and nodes of AKS, whose headers take more',
    default: 'false',
  },
  { name: 'pools', type: 'cidrs', text: 'ranges of all IP pools', default: 'podCIDRs' },
  PORTMAP_OPTION,
];

export const calico: Cni = {
  name: 'calico',
  text: 'routed pods, routes or an overlay between nodes, NetworkPolicy in the packet filter',
  backends: CALICO_BACKENDS,
  options: CALICO_OPTIONS,
  detect: detectCalico,
  facets: calicoFacets,
};

function calicoFacets(settings: CniSettings): Facets {
  const fabric = calicoFabric(settings);
  return {
    label: `calico-${settings.backend}`,
    podLink: calicoLink(),
    fabric,
    egressNat: calicoNat({ ...calicoPools(settings), tunnels: fabric.tunnels ?? [] }),
    hostPorts: portmapHostPorts(settings, { network: 'k8s-pod-network', podPrefix: 'host' }),
    policy: calicoPolicies,
    services: 'kube-proxy',
  };
}

/** All pools, and those whose pods take the node's address on the way out. */
export function calicoPools(settings: CniSettings): Record<'pools' | 'masqueraded', readonly Cidr[]> {
  const pools = cidrsOption(settings, 'pools') ?? settings.clusterCidrs;
  return { pools, masqueraded: (booleanOption(settings, 'natOutgoing') ?? true) ? pools : [] };
}

/** How nodes reach each other's pods. @param changes of the tunnel, where another dataplane has another one. */
export function calicoFabric(settings: CniSettings, changes: Partial<TunnelOptions> = {}): Fabric {
  const blockSize = numberOption(settings, 'blockSize');
  const plain = tunnelOf(settings);
  const tunnel = plain === undefined ? undefined : { ...plain, ...changes };
  const ownAddress = (node: Node, family: IpFamily) =>
    tunnel === undefined ? undefined : calicoTunnelAddress(settings, node, family);
  const isCrossSubnet = settings.backend.endsWith('-crosssubnet');
  const blocks = {
    blockSize: blockSize === undefined ? BLOCK_SIZE : { ...BLOCK_SIZE, 4: blockSize },
    ownAddress,
  };
  return peerFabric({
    overhead: overheadOf(settings),
    ranges: (cluster, family) => blockRanges(cluster, family, blocks),
    protocol: settings.backend === 'bgp' ? 'bird' : '80',
    blackholes: true,
    ...(tunnel === undefined ? {} : { tunnel }),
    ...(isCrossSubnet ? { direct: 'on-link' } : {}),
  });
}

/** felix/dataplane/linux/int_dataplane.go: 20 for IP in IP, 50 and 70 for VXLAN, 60 and 80 for WireGuard, 160 on AKS. */
function overheadOf(settings: CniSettings): Overhead {
  const { backend } = settings;
  if (backend === 'wireguard' && booleanOption(settings, 'hostEncryption')) return { 4: 160, 6: 160 };
  if (backend.startsWith('ipip')) return { 4: 20, 6: 0 };
  if (backend.startsWith('vxlan')) return { 4: 50, 6: 70 };
  return backend === 'wireguard' ? { 4: 60, 6: 80 } : NO_OVERHEAD;
}

function tunnelOf(settings: CniSettings): TunnelOptions | undefined {
  const addresses = {
    deviceAddress: (node: Node, family: IpFamily) => calicoTunnelAddress(settings, node, family),
    assumesAddress: (node: Node, family: IpFamily) =>
      writtenTunnelAddress(settings, node, family) === undefined,
  };
  const [kind] = settings.backend.split('-');
  switch (kind) {
    case 'ipip':
      // IPv6 pools have no IP in IP: their routes go straight.
      return { devices: { 4: 'tunl0' }, encapsulation: 'ipip', ...addresses, nextHop: 'node' };
    case 'vxlan': {
      const port = numberOption(settings, 'port') ?? CALICO_VXLAN_PORT;
      return {
        devices: { 4: 'vxlan.calico', 6: 'vxlan-v6.calico' },
        encapsulation: 'vxlan',
        vni: numberOption(settings, 'vni') ?? DEFAULT_VNI,
        ports: { 4: port, 6: port },
        ...addresses,
        mac: (node, family) => calicoTunnelMac(node.name, family),
        nextHop: 'device',
      };
    }
    case 'wireguard':
      return {
        devices: { 4: 'wireguard.cali', 6: 'wg-v6.cali' },
        encapsulation: 'wireguard',
        ports: WIREGUARD_PORTS,
        ...addresses,
        nextHop: 'none',
      };
    default:
      return undefined;
  }
}

/** The hardware address of a node's VXLAN device (felix/calc/vxlan_resolver.go vtepMACForHost). */
export function calicoTunnelMac(node: string, family: IpFamily = 4): string {
  const digits = sha1Hex(family === 4 ? node : `${node}-v6`).slice(0, 10);
  return ['66', ...(digits.match(/../g) ?? [])].join(':');
}

const TUNNEL_ANNOTATIONS: Readonly<Record<string, Readonly<Record<IpFamily, string>>>> = {
  ipip: { 4: 'projectcalico.org/IPv4IPIPTunnelAddr', 6: '' },
  vxlan: { 4: 'projectcalico.org/IPv4VXLANTunnelAddr', 6: 'projectcalico.org/IPv6VXLANTunnelAddr' },
  wireguard: {
    4: 'projectcalico.org/IPv4WireguardInterfaceAddr',
    6: 'projectcalico.org/IPv6WireguardInterfaceAddr',
  },
};

/** The given one, the node's annotation, else the first address of the second block of its range (A_TUNNEL_ADDR). */
export function calicoTunnelAddress(settings: CniSettings, node: Node, family: IpFamily): Ip | undefined {
  const given = writtenTunnelAddress(settings, node, family);
  if (given !== undefined) return given;
  const range = podCidrOf(node, family);
  if (range === undefined) return undefined;
  const block = nthSubnet(range, BLOCK_SIZE[family], 1);
  return nthAddress(block ?? range, block === undefined ? 1 : 0);
}

function writtenTunnelAddress(
  { backend, options }: CniSettings,
  node: Node,
  family: IpFamily,
): Ip | undefined {
  const listed = options['tunnelAddresses'];
  const own = typeof listed === 'object' && listed !== null ? Object.entries(listed) : [];
  const annotation = TUNNEL_ANNOTATIONS[backend.split('-')[0] ?? '']?.[family] ?? '';
  const texts = [
    ...own.flatMap(([name, text]) => (name === node.name && typeof text === 'string' ? [text] : [])),
    node.annotations.get(annotation),
  ];
  for (const text of texts) {
    const ip = text === undefined ? undefined : parseIp(text);
    if (ip?.family === family) return ip;
  }
  return undefined;
}
