/**
 * kubenet: the bridge plugin driven by the kubelet of dockershim (removed in 1.24), with the cloud's routes between
 * nodes (kubernetes/kubernetes v1.23:pkg/kubelet/dockershim/network/kubenet/kubenet_linux.go).
 */

import { parseCidr } from '../../net/cidr.ts';
import { type Cni, cidrsOption } from '../cni.ts';
import { kubenetMasquerade, noEgressNat } from '../egress-nat/kubenet-masquerade.ts';
import { cloudRangeRoutes } from '../fabric/cloud-routes.ts';
import { portmapIptables } from '../host-ports/portmap-iptables.ts';
import { bridgeLink } from '../pod-link/bridge.ts';

/** The kubelet's default of `--non-masquerade-cidr`. */
const NON_MASQUERADE = parseCidr('10.0.0.0/8');

export const kubenet: Cni = {
  name: 'kubenet',
  text: "the kubelet's own bridge cbr0, routes of the cloud; no NetworkPolicy; until Kubernetes 1.23",
  backends: [{ name: 'cloud', text: 'route tables of a cloud' }],
  options: [
    {
      name: 'nonMasqueradeCIDR',
      type: 'cidrs',
      text: "the kubelet's --non-masquerade-cidr",
      default: '10.0.0.0/8',
    },
  ],
  detect: () => undefined,
  lacksFamilies: (_, families) => (families.includes(6) ? 'kubenet is modelled for IPv4 alone' : undefined),
  facets: (settings) => {
    const range = cidrsOption(settings, 'nonMasqueradeCIDR')?.[0] ?? NON_MASQUERADE;
    return {
      label: 'kubenet',
      podLink: bridgeLink({ bridge: 'cbr0', hairpin: true, routesCluster: false }),
      fabric: cloudRangeRoutes,
      egressNat: range === undefined ? noEgressNat : kubenetMasquerade(range),
      hostPorts: portmapIptables({ network: 'kubenet', podPrefix: 'node-range' }),
      policy: { enforces: false },
      services: 'kube-proxy',
      unverified: ['host ports: kubenet’s own KUBE-HOSTPORTS chains are taken as those of portmap'],
    };
  },
};
