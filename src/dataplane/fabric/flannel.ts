/**
 * How flanneld makes nodes reach each other's pods: one of several overlays, or routes (flannel-io/flannel:
 * Documentation/backends.md, pkg/backend).
 */

import type { Node } from '../../cluster/cluster.ts';
import { nthAddress } from '../../net/cidr.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import {
  booleanOption,
  type CniSettings,
  type Fabric,
  NO_OVERHEAD,
  numberOption,
  podCidrOf,
  underlayAddress,
} from '../cni.ts';
import { FLANNEL_ANNOTATION } from '../detect/flannel.ts';
import { cloudRoutes, noFabric } from './cloud-routes.ts';
import { nodeRanges } from './node-ranges.ts';
import { peerFabric, type TunnelOptions } from './peers.ts';

const DEFAULT_VNI = 1;
/** The kernel's VXLAN port, which flannel takes on Linux. */
const DEFAULT_PORT = 8472;
const WIREGUARD_PORTS = { 4: 51820, 6: 51821 } as const;

/** By the backend, and the options vni, port and directRouting. */
export function flannelFabric(settings: CniSettings): Fabric {
  const isDirect = booleanOption(settings, 'directRouting') ?? false;
  const shared = {
    ranges: nodeRanges,
    nodeAddress: publicAddress,
    ...(isDirect ? { direct: 'on-link' as const } : {}),
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
