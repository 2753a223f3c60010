/**
 * The bridge plugin alone (containernetworking/plugins: plugins/main/bridge), as configured by hand: what lies
 * between the nodes is the operator's, by default routes to each node.
 */

import { booleanOption, type Cni, NO_OVERHEAD, wordOption } from '../cni.ts';
import { bridgeIpMasq } from '../egress-nat/bridge-ip-masq.ts';
import { noEgressNat } from '../egress-nat/kubenet-masquerade.ts';
import { cloudRoutes, noFabric } from '../fabric/cloud-routes.ts';
import { nodeRanges } from '../fabric/node-ranges.ts';
import { peerFabric } from '../fabric/peers.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { bridgeLink } from '../pod-link/bridge.ts';

export const bridge: Cni = {
  name: 'bridge',
  text: 'the bridge plugin with host-local addresses; no NetworkPolicy',
  backends: [
    {
      name: 'static-routes',
      text: 'a route by each other node; all of them on one link',
      aliases: ['host-gw'],
    },
    { name: 'cloud', text: 'route tables of a cloud' },
    { name: 'none', text: 'nobody routes between nodes' },
  ],
  options: [
    { name: 'bridge', type: 'word', text: 'name of the bridge', default: 'cni0' },
    { name: 'ipMasq', type: 'boolean', text: 'ipMasq of the plugin', default: 'true' },
    { name: 'hairpinMode', type: 'boolean', text: 'hairpinMode of the plugin', default: 'false' },
    PORTMAP_OPTION,
  ],
  detect: () => undefined,
  facets: (settings) => ({
    label: `bridge-${settings.backend}`,
    podLink: bridgeLink({
      bridge: wordOption(settings, 'bridge') ?? 'cni0',
      hairpin: booleanOption(settings, 'hairpinMode') ?? false,
      routesCluster: false,
    }),
    fabric:
      settings.backend === 'cloud'
        ? cloudRoutes
        : settings.backend === 'none'
          ? noFabric
          : peerFabric({ overhead: NO_OVERHEAD, ranges: nodeRanges }),
    egressNat: (booleanOption(settings, 'ipMasq') ?? true) ? bridgeIpMasq : noEgressNat,
    hostPorts: portmapHostPorts(settings, { network: 'bridge', podPrefix: 'node-range' }),
    policy: { enforces: false },
    services: 'kube-proxy',
  }),
};
