/**
 * Azure CNI (Azure/azure-container-networking: network/transparent_endpointclient_linux.go): routed pods behind azv*
 * devices; the virtual network knows pods' addresses, as VNET addresses or as an overlay of its own stack.
 */

import { type IpFamily, parseIp } from '../../net/ip.ts';
import { booleanOption, type Cni, type CniSettings, cidrsOption, type Facets, type PodLink } from '../cni.ts';
import { detectAzure } from '../detect/clouds.ts';
import { DEFAULT_NON_MASQUERADE, ipMasqAgent } from '../egress-nat/ip-masq-agent.ts';
import { cloudRoutes } from '../fabric/cloud-routes.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { bridgeLink } from '../pod-link/bridge.ts';
import { randomNames } from '../pod-link/host-devices.ts';
import { routedLink } from '../pod-link/routed.ts';
import { genericPacketFilter } from '../policy-engines.ts';

const GATEWAYS: Readonly<Record<IpFamily, string>> = { 4: '169.254.1.1', 6: 'fe80::1234:5678:9abc' };
const HOST_MAC = 'aa:aa:aa:aa:aa:aa';

export const azure: Cni = {
  name: 'azure',
  aliases: ['azure-cni', 'aks'],
  text: 'AKS: routed pods, the virtual network delivers their addresses, ip-masq-agent',
  backends: [
    { name: 'vnet', text: 'pods have addresses of the VNET', aliases: ['azure-cni', 'podsubnet'] },
    { name: 'overlay', text: 'pods have addresses of their own, routed by the VNET' },
    { name: 'kubenet', text: 'bridge cbr0 and user-defined routes' },
  ],
  options: [
    {
      name: 'nonMasqueradeCIDRs',
      type: 'cidrs',
      text: 'of the azure-ip-masq-agent-config ConfigMap',
      default: '10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16',
    },
    { name: 'masqLinkLocal', type: 'boolean', text: 'of the same ConfigMap', default: 'true' },
    { name: 'networkPolicy', type: 'boolean', text: 'a network policy engine runs', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: detectAzure,
  // learn.microsoft.com/azure/aks/configure-dual-stack: overlay and kubenet, beside IPv4.
  lacksFamilies: ({ backend }, families) => {
    if (!families.includes(4)) return 'AKS has no clusters of IPv6 alone';
    return backend === 'vnet' && families.includes(6)
      ? 'azure vnet gives pods IPv4 addresses only; dual stack takes overlay or kubenet'
      : undefined;
  },
  facets: (settings) =>
    ({
      label: `azure-${settings.backend}`,
      podLink: podLinkOf(settings),
      fabric: cloudRoutes,
      egressNat: ipMasqAgent({
        nonMasqueradeCidrs: cidrsOption(settings, 'nonMasqueradeCIDRs') ?? [
          ...DEFAULT_NON_MASQUERADE,
          ...settings.clusterCidrs,
        ],
        masqLinkLocal: booleanOption(settings, 'masqLinkLocal') ?? true,
      }),
      hostPorts: portmapHostPorts(settings, { network: 'azure', podPrefix: 'host' }),
      policy: booleanOption(settings, 'networkPolicy') ? genericPacketFilter : { enforces: false },
      services: 'kube-proxy',
      unverified: [
        'the MTU of AKS nodes',
        'what azure-ip-masq-agent is configured with',
        'how the VNET forwards',
      ],
    }) satisfies Facets,
};

function podLinkOf({ backend }: CniSettings): PodLink {
  if (backend === 'kubenet') return bridgeLink({ bridge: 'cbr0', hairpin: true, routesCluster: false });
  return routedLink({
    // Azure hashes a key that the caller hands over; what it is made of is not known.
    hostDevices: randomNames('azv'),
    gateway: (_, family) => parseIp(GATEWAYS[family]),
    gatewayOnHost: false,
    podPrefix: 'address',
    routeSource: false,
    hostMac: HOST_MAC,
  });
}
