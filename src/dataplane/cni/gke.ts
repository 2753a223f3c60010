/**
 * GKE's first dataplane: routed pods, alias ranges that the VPC routes, ip-masq-agent. Its plugins are not public:
 * what is taken for the link of pods stands in docs/cnis.md.
 */

import { nthAddress } from '../../net/cidr.ts';
import { booleanOption, type Cni, cidrsOption, type Facets, podCidrOf } from '../cni.ts';
import { detectGke } from '../detect/clouds.ts';
import { DEFAULT_NON_MASQUERADE, ipMasqAgent } from '../egress-nat/ip-masq-agent.ts';
import { cloudRoutes } from '../fabric/cloud-routes.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { randomNames } from '../pod-link/host-devices.ts';
import { routedLink } from '../pod-link/routed.ts';
import { genericPacketFilter } from '../policy-engines.ts';

/** Default of a VPC network (cloud.google.com/vpc/docs/mtu). */
const VPC_MTU = 1460;

export const gke: Cni = {
  name: 'gke',
  text: 'GKE without Dataplane V2: routed pods, alias ranges of the VPC, ip-masq-agent',
  backends: [{ name: 'v1', text: 'kube-proxy and ptp links' }],
  options: [
    {
      name: 'nonMasqueradeCIDRs',
      type: 'cidrs',
      text: 'of the ip-masq-agent ConfigMap',
      default: '10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16',
    },
    { name: 'masqLinkLocal', type: 'boolean', text: 'of the ip-masq-agent ConfigMap', default: 'false' },
    { name: 'networkPolicy', type: 'boolean', text: 'network policy enforcement is on', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: detectGke,
  // cloud.google.com/kubernetes-engine/docs/concepts/alias-ips: IPv6 beside IPv4 only.
  lacksFamilies: (_, families) => (families.includes(4) ? undefined : 'GKE has no clusters of IPv6 alone'),
  facets: (settings) =>
    ({
      label: 'gke-v1',
      podLink: routedLink({
        hostDevices: randomNames('veth'),
        gateway: (node, family) => {
          const range = podCidrOf(node, family);
          return range === undefined ? undefined : nthAddress(range, 1);
        },
        gatewayOnHost: true,
        podPrefix: 'node-range',
        routeSource: false,
      }),
      fabric: cloudRoutes,
      egressNat: ipMasqAgent({
        nonMasqueradeCidrs: cidrsOption(settings, 'nonMasqueradeCIDRs') ?? DEFAULT_NON_MASQUERADE,
        masqLinkLocal: booleanOption(settings, 'masqLinkLocal') ?? false,
      }),
      hostPorts: portmapHostPorts(settings, { network: 'gke', podPrefix: 'node-range' }),
      policy: booleanOption(settings, 'networkPolicy') ? genericPacketFilter : { enforces: false },
      uplinkMtu: VPC_MTU,
      services: 'kube-proxy',
      unverified: ['GKE’s plugin between pod and node (taken as ptp)', 'how the VPC forwards'],
    }) satisfies Facets,
};
