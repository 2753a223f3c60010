/**
 * kindnet, in its two forms: the kindnetd that kind brings (ptp plugin; kubernetes-sigs/kind:images/kindnetd) and
 * the project of its own (kubernetes-sigs/kindnet). Routed pods, static routes between nodes.
 */

import type { Node } from '../../cluster/cluster.ts';
import { nthAddress } from '../../net/cidr.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import { type Cni, cidrsOption, NO_OVERHEAD, podCidrOf } from '../cni.ts';
import { detectKindnet } from '../detect/kindnet.ts';
import { kindMasquerade } from '../egress-nat/kind-masquerade.ts';
import { kindnetMasquerade } from '../egress-nat/kindnet-masquerade.ts';
import { nodeRanges } from '../fabric/node-ranges.ts';
import { peerFabric } from '../fabric/peers.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { randomNames } from '../pod-link/host-devices.ts';
import { routedLink } from '../pod-link/routed.ts';
import { kubeNetworkPolicies } from '../policy-engines.ts';

export const kindnet: Cni = {
  name: 'kindnet',
  aliases: ['kindnetd', 'kind'],
  text: "kind's own network: routed pods, routes between nodes, NetworkPolicy by kube-network-policies",
  backends: [
    { name: 'ptp', text: "kind's kindnetd: ptp plugin, iptables masquerade", aliases: ['kind', 'kindnetd'] },
    {
      name: 'knet',
      text: 'kubernetes-sigs/kindnet: its own plugin, nftables masquerade',
      aliases: ['kindnet', 'sigs'],
    },
  ],
  options: [
    {
      name: 'noMasqueradeCIDRs',
      type: 'cidrs',
      text: 'destinations that keep the pod’s address, besides pods (knet)',
      default: 'none',
    },
    PORTMAP_OPTION,
  ],
  detect: detectKindnet,
  facets: (settings) => {
    const isPtp = settings.backend === 'ptp';
    const unchanged = [...settings.clusterCidrs, ...(cidrsOption(settings, 'noMasqueradeCIDRs') ?? [])];
    return {
      label: isPtp ? 'kindnet-ptp' : 'kindnet',
      podLink: routedLink({
        hostDevices: randomNames(isPtp ? 'veth' : 'knet'),
        gateway: (node, family) => rangeAddress(node, family, isPtp ? 1 : 0),
        gatewayOnHost: true,
        podPrefix: isPtp ? 'node-range' : 'address',
        routeSource: !isPtp,
      }),
      fabric: peerFabric({ overhead: NO_OVERHEAD, ranges: nodeRanges }),
      egressNat: isPtp ? kindMasquerade(settings.clusterCidrs) : kindnetMasquerade(unchanged),
      hostPorts: portmapHostPorts(settings, { network: 'kindnet', podPrefix: isPtp ? 'node-range' : 'host' }),
      policy: kubeNetworkPolicies,
      services: 'kube-proxy',
    };
  },
};

/** ptp's gateway is the first address of the node's range; kindnet's is the range's base. */
function rangeAddress(node: Node, family: IpFamily, index: number): Ip | undefined {
  const range = podCidrOf(node, family);
  return range === undefined ? undefined : nthAddress(range, index);
}
