/**
 * flannel: the bridge plugin on the node, one of several backends between nodes, masquerade on the way out, no
 * policy (flannel-io/flannel: Documentation/configuration.md, backends.md; flannel-io/cni-plugin).
 */

import type { Node } from '../../cluster/cluster.ts';
import { nthAddress } from '../../net/cidr.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import {
  booleanOption,
  type Cni,
  type CniSettings,
  type Fabric,
  type Facets,
  NO_OVERHEAD,
  numberOption,
  podCidrOf,
  underlayAddress,
} from '../cni.ts';
import { detectFlannel, FLANNEL_ANNOTATION } from '../detect/flannel.ts';
import { flannelMasquerade } from '../egress-nat/flannel-masquerade.ts';
import { cloudRoutes, noFabric } from '../fabric/cloud-routes.ts';
import { nodeRanges } from '../fabric/node-ranges.ts';
import { peerFabric, type TunnelOptions } from '../fabric/peers.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { bridgeLink } from '../pod-link/bridge.ts';

const DEFAULT_VNI = 1;
/** The kernel's VXLAN port, which flannel takes on Linux. */
const DEFAULT_PORT = 8472;
const WIREGUARD_PORTS = { 4: 51820, 6: 51821 } as const;

export const flannel: Cni = {
  name: 'flannel',
  text: 'a bridge on each node, an overlay or routes between them; no NetworkPolicy',
  backends: [
    { name: 'vxlan', text: 'VXLAN over flannel.1, UDP 8472' },
    { name: 'host-gw', text: 'routes by the other nodes; all of them on one link' },
    { name: 'wireguard', text: 'WireGuard over flannel-wg, UDP 51820' },
    { name: 'ipip', text: 'IP in IP over flannel.ipip' },
    { name: 'udp', text: 'flanneld carries packets itself over flannel0, UDP 8285; IPv4' },
    { name: 'cloud', text: 'route tables of a cloud', aliases: ['aws-vpc', 'gce', 'ali-vpc', 'tencent-vpc'] },
    { name: 'alloc', text: 'addresses only: nobody routes between nodes' },
  ],
  options: [
    { name: 'vni', type: 'number', text: 'VXLAN network', default: '1' },
    { name: 'port', type: 'number', text: 'UDP port of the tunnel', default: '8472; WireGuard 51820' },
    {
      name: 'directRouting',
      type: 'boolean',
      text: 'vxlan and ipip: straight to nodes on the same link',
      default: 'false',
    },
    { name: 'ipMasq', type: 'boolean', text: 'flanneld runs with --ip-masq', default: 'true' },
    { name: 'nftables', type: 'boolean', text: 'flanneld programs nftables itself', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: detectFlannel,
  refuse: ({ backend, options, clusterCidrs }) => [
    ...(options['directRouting'] === true && !['vxlan', 'ipip'].includes(backend)
      ? [`cni.options.directRouting goes with vxlan and ipip, not with ${backend}`]
      : []),
    ...(['ipip', 'udp'].includes(backend) && clusterCidrs.some(({ family }) => family === 6)
      ? [`flannel ${backend} carries IPv4 only`]
      : []),
  ],
  facets: (settings) => {
    const isDirect = booleanOption(settings, 'directRouting') ?? false;
    return {
      label: `flannel-${settings.backend}${isDirect ? '-directrouting' : ''}`,
      podLink: bridgeLink({ bridge: 'cni0', hairpin: true, routesCluster: true }),
      fabric: fabricOf(settings, isDirect ? 'on-link' : undefined),
      egressNat: flannelMasquerade({
        clusterCidrs: settings.clusterCidrs,
        mode: booleanOption(settings, 'nftables') ? 'nftables' : 'iptables',
        masquerades: booleanOption(settings, 'ipMasq') ?? true,
      }),
      policy: { enforces: false },
      // flannel-io/flannel:Documentation/kube-flannel.yml chains portmap behind the bridge; its network is cbr0.
      hostPorts: portmapHostPorts(settings, { network: 'cbr0', podPrefix: 'node-range' }),
      services: 'kube-proxy',
    } satisfies Facets;
  },
};

function fabricOf(settings: CniSettings, direct: 'on-link' | undefined): Fabric {
  const shared = {
    ranges: nodeRanges,
    nodeAddress: publicAddress,
    ...(direct === undefined ? {} : { direct }),
  };
  switch (settings.backend) {
    case 'vxlan':
      return peerFabric({ ...shared, overhead: { 4: 50, 6: 50 }, tunnel: vxlan(settings) });
    case 'wireguard':
      // flannel takes the longer IPv6 header into account, whatever the nodes speak (backend/wireguard/device.go).
      return peerFabric({ ...shared, overhead: { 4: 80, 6: 80 }, tunnel: wireguard(settings) });
    case 'ipip':
      return peerFabric({ ...shared, overhead: { 4: 20, 6: 20 }, tunnel: ipip });
    case 'udp':
      return peerFabric({ ...shared, overhead: { 4: 28, 6: 28 }, tunnel: udp });
    case 'host-gw':
      return peerFabric({ ...shared, overhead: NO_OVERHEAD });
    case 'cloud':
      return cloudRoutes;
    default:
      return noFabric;
  }
}

function vxlan(settings: CniSettings): TunnelOptions {
  const vni = numberOption(settings, 'vni') ?? DEFAULT_VNI;
  const port = numberOption(settings, 'port') ?? DEFAULT_PORT;
  return {
    devices: { 4: `flannel.${vni}`, 6: `flannel-v6.${vni}` },
    encapsulation: 'vxlan',
    vni,
    ports: { 4: port, 6: port },
    deviceAddress: leaseBase,
    mac: vtepMac,
    nextHop: 'device',
  };
}

function wireguard(settings: CniSettings): TunnelOptions {
  const port = numberOption(settings, 'port');
  return {
    devices: { 4: 'flannel-wg', 6: 'flannel-wg-v6' },
    encapsulation: 'wireguard',
    ports: port === undefined ? WIREGUARD_PORTS : { 4: port, 6: port + 1 },
    overhead: 80,
    deviceAddress: leaseBase,
    nextHop: 'none',
  };
}

const ipip: TunnelOptions = {
  devices: { 4: 'flannel.ipip', 6: 'flannel.ipip-v6' },
  encapsulation: 'ipip',
  deviceAddress: leaseBase,
  nextHop: 'node',
};

const udp: TunnelOptions = {
  devices: { 4: 'flannel0', 6: 'flannel0-v6' },
  encapsulation: 'udp',
  ports: { 4: 8285, 6: 8285 },
  deviceAddress: leaseBase,
  nextHop: 'none',
};

/** The tunnel device holds the base address of the node's lease. */
function leaseBase(node: Node, family: IpFamily): Ip | undefined {
  const lease = podCidrOf(node, family);
  return lease === undefined ? undefined : nthAddress(lease, 0);
}

/** The address that flannel published for the node, else the node's own. */
function publicAddress(node: Node, family: IpFamily): Ip | undefined {
  const name = `${FLANNEL_ANNOTATION}${family === 4 ? 'public-ip' : 'public-ipv6'}`;
  const written = node.annotations.get(`${name}-overwrite`) ?? node.annotations.get(name);
  const ip = written === undefined ? undefined : parseIp(written);
  return ip?.family === family ? ip : underlayAddress(node, family);
}

/** `backend-data: {"VNI":1,"VtepMAC":"4e:6e:8c:…"}`. */
function vtepMac(node: Node, family: IpFamily): string | undefined {
  const data = node.annotations.get(
    `${FLANNEL_ANNOTATION}${family === 4 ? 'backend-data' : 'backend-v6-data'}`,
  );
  return /"VtepMAC"\s*:\s*"((?:[0-9a-f]{2}:){5}[0-9a-f]{2})"/i.exec(data ?? '')?.[1]?.toLowerCase();
}
