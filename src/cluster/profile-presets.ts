/** Presets: named sets of profile values, for distributions whose parts are all modelled. */

import type { RawMapping } from '../source/document.ts';

/** In the spelling of the profile file. */
export const PRESETS: Readonly<Record<string, RawMapping>> = {
  /** kubeadm with flannel's own manifest (flannel-io/flannel:Documentation/kube-flannel.yml). */
  'kubeadm-flannel': {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR', clusterCIDR: ['10.244.0.0/16'] },
    cni: { name: 'flannel', backend: 'vxlan', enforcesPolicy: false },
  },
  /**
   * k3s runs flannel and kube-proxy in its own process, and kube-router's policy controller beside them
   * (k3s-io/k3s:pkg/cli/cmds/server.go for the addresses).
   */
  k3s: {
    podCIDRs: ['10.42.0.0/16'],
    serviceCIDRs: ['10.43.0.0/16'],
    dns: { clusterIPs: ['10.43.0.10'] },
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR', clusterCIDR: ['10.42.0.0/16'] },
    cni: { name: 'flannel', backend: 'vxlan', enforcesPolicy: true },
  },
};

/** Distributions that are known by name and wait for their CNI or proxy. */
export const PRESETS_TO_COME: readonly string[] = [
  'kind',
  'kubeadm-calico',
  'kubeadm-cilium',
  'eks-vpc-cni',
  'gke-dpv2',
  'aks',
];
