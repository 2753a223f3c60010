/**
 * flannel: the bridge plugin on the node, one of several backends between nodes, masquerade on the way out, no
 * policy (flannel-io/flannel: Documentation/configuration.md, backends.md; flannel-io/cni-plugin).
 */

import { booleanOption, type Cni, type Facets } from '../cni.ts';
import { detectFlannel } from '../detect/flannel.ts';
import { flannelMasquerade } from '../egress-nat/flannel-masquerade.ts';
import { flannelFabric } from '../fabric/flannel.ts';
import { PORTMAP_OPTION, portmapHostPorts } from '../host-ports/portmap-backends.ts';
import { bridgeLink } from '../pod-link/bridge.ts';

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
  refuse: ({ backend, options }) => [
    ...(options['directRouting'] === true && !['vxlan', 'ipip'].includes(backend)
      ? [`cni.options.directRouting goes with vxlan and ipip, not with ${backend}`]
      : []),
  ],
  // Documentation/configuration.md, EnableIPv6: vxlan, host-gw, wireguard; alloc leaves the road to others.
  lacksFamilies: ({ backend }, families) =>
    ['ipip', 'udp', 'cloud'].includes(backend) && families.includes(6)
      ? `flannel ${backend} carries IPv4 only`
      : undefined,
  facets: (settings) => {
    const isDirect = booleanOption(settings, 'directRouting') ?? false;
    return {
      label: `flannel-${settings.backend}${isDirect ? '-directrouting' : ''}`,
      podLink: bridgeLink({ bridge: 'cni0', hairpin: true, routesCluster: true }),
      fabric: flannelFabric(settings),
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
