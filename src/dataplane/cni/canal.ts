/**
 * Canal: Calico's links to pods and its policies, on flannel's network between nodes and with its masquerade
 * (projectcalico/calico:manifests/canal.yaml).
 */

import { booleanOption, type Cni } from '../cni.ts';
import { detectCanal } from '../detect/canal.ts';
import { flannelMasquerade } from '../egress-nat/flannel-masquerade.ts';
import { flannelFabric } from '../fabric/flannel.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { calicoLink } from '../pod-link/calico.ts';
import { calicoPolicies } from '../policy-engines.ts';

export const canal: Cni = {
  name: 'canal',
  text: 'pods and policies as Calico has them, the network between nodes and the way out as flannel has them',
  backends: [
    { name: 'vxlan', text: 'VXLAN over flannel.1, UDP 8472' },
    { name: 'host-gw', text: 'routes by the other nodes; all of them on one link' },
    { name: 'wireguard', text: 'WireGuard over flannel-wg, UDP 51820' },
  ],
  options: [
    { name: 'vni', type: 'number', text: 'VXLAN network', default: '1' },
    { name: 'port', type: 'number', text: 'UDP port of the tunnel', default: '8472; WireGuard 51820' },
    {
      name: 'directRouting',
      type: 'boolean',
      text: 'vxlan: straight to nodes on the same link',
      default: 'false',
    },
    { name: 'ipMasq', type: 'boolean', text: 'flanneld runs with --ip-masq', default: 'true' },
    PORTMAP_OPTION,
  ],
  detect: detectCanal,
  refuse: ({ backend, options }) =>
    options['directRouting'] === true && backend !== 'vxlan'
      ? [`cni.options.directRouting goes with vxlan, not with ${backend}`]
      : [],
  facets: (settings) => ({
    label: `canal-${settings.backend}`,
    podLink: calicoLink(),
    fabric: flannelFabric(settings),
    egressNat: flannelMasquerade({
      clusterCidrs: settings.clusterCidrs,
      mode: 'iptables',
      masquerades: booleanOption(settings, 'ipMasq') ?? true,
    }),
    hostPorts: portmapHostPorts(settings, { network: 'k8s-pod-network', podPrefix: 'host' }),
    policy: calicoPolicies,
    services: 'kube-proxy',
    unverified: ['canal: composed of the parts of Calico and flannel, and measured as a whole by nobody'],
  }),
};
