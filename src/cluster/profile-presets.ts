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
  /** kubeadm with calico.yaml: IP in IP, one pool (projectcalico/calico:manifests/calico.yaml). */
  'kubeadm-calico': {
    podCIDRs: ['192.168.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR', clusterCIDR: ['192.168.0.0/16'] },
    cni: { name: 'calico', backend: 'ipip' },
  },
  /** The same with Calico's eBPF dataplane in the place of kube-proxy (docs.tigera.io/calico, eBPF on a new cluster: VXLAN). */
  'kubeadm-calico-ebpf': {
    podCIDRs: ['192.168.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    proxy: { mode: 'none' },
    cni: { name: 'calico-ebpf', backend: 'vxlan-crosssubnet' },
  },
  /**
   * kubeadm with Cilium's chart (cilium/cilium:install/kubernetes/cilium/values.yaml): VXLAN beside kube-proxy; ranges of
   * nodes by Kubernetes (ipam.mode kubernetes), since the chart's own 10.0.0.0/8 holds most people's nodes.
   */
  'kubeadm-cilium': {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR' },
    cni: { name: 'cilium', backend: 'vxlan' },
  },
  /** kubeadm with Antrea's manifest (antrea-io/antrea:docs/getting-started.md): Geneve beside kube-proxy. */
  'kubeadm-antrea': {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/12'],
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR' },
    cni: { name: 'antrea', backend: 'geneve' },
  },
  /** kind's own network (kubernetes-sigs/kind:pkg/internal/apis/config/default.go). */
  kind: {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.96.0.0/16'],
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR', clusterCIDR: ['10.244.0.0/16'] },
    cni: { name: 'kindnet', backend: 'ptp' },
  },
  /** EKS with its add-ons vpc-cni and kube-proxy; pods have addresses of the VPC, here those of the nodes' network. */
  'eks-vpc-cni': {
    podCIDRs: ['10.0.64.0/18'],
    serviceCIDRs: ['172.20.0.0/16'],
    dns: { clusterIPs: ['172.20.0.10'] },
    proxy: { mode: 'iptables', detectLocal: 'none' },
    cni: { name: 'aws-vpc', options: { vpcCIDRs: ['10.0.0.0/16'] } },
  },
  /** GKE with Dataplane V2: Cilium without an overlay, a route to each pod, alias ranges of the VPC. */
  'gke-dpv2': {
    podCIDRs: ['10.64.0.0/14'],
    serviceCIDRs: ['34.118.224.0/20'],
    dns: { clusterIPs: ['34.118.224.10'] },
    proxy: { mode: 'cilium' },
    cni: {
      name: 'cilium',
      backend: 'native',
      options: { autoDirectNodeRoutes: false, endpointRoutes: true, nativeRoutingCIDR: '10.0.0.0/8' },
    },
  },
  /**
   * AKS with Azure CNI Overlay (learn.microsoft.com/azure/aks/azure-cni-overlay). Its default for Services, 10.0.0.0/16,
   * holds the addresses that nodes get here where nobody gives them.
   */
  aks: {
    podCIDRs: ['10.244.0.0/16'],
    serviceCIDRs: ['10.2.0.0/16'],
    dns: { clusterIPs: ['10.2.0.10'] },
    proxy: { mode: 'iptables', detectLocal: 'ClusterCIDR', clusterCIDR: ['10.244.0.0/16'] },
    cni: { name: 'azure', backend: 'overlay' },
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
