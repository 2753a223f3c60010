/** Engines that several CNIs share; where each looks is docs/semantics/datapath.md, section 3. */

import type { PolicyEngine } from './cni.ts';

/**
 * kube-network-policies: an nftables chain of postrouting before source NAT hands packets of selected local pods to a
 * program (kubernetes-sigs/kube-network-policies:pkg/networkpolicy/controller.go).
 */
export const kubeNetworkPolicies: PolicyEngine = {
  enforces: true,
  engine: 'kube-network-policies',
  egress: { at: 'postrouting', name: () => 'kube-network-policies postrouting' },
  ingress: { at: 'postrouting', name: () => 'kube-network-policies postrouting' },
  view: 'addresses',
  exempt: ['root-socket'],
  quirks: ["what root's own sockets on a node send is never judged: kubelet probes pass"],
};

/** What is taken where nobody says who enforces policies: a packet filter between routing and the pod. */
export const genericPacketFilter: PolicyEngine = {
  enforces: true,
  engine: 'generic packet filter',
  egress: { at: 'forward', name: () => 'NetworkPolicy' },
  ingress: { at: 'forward', name: () => 'NetworkPolicy' },
  view: 'addresses',
  exempt: ['node-to-local-pod'],
  quirks: [],
};

/** Chains of felix/rules/endpoints.go; host-to-workload traffic returns early in cali-OUTPUT (felix/rules/static.go). */
export const calicoPolicies: PolicyEngine = {
  enforces: true,
  engine: 'calico',
  apis: ['calico'],
  egress: { at: 'forward', name: (device) => `cali-fw-${device}` },
  ingress: { at: 'forward', name: (device) => `cali-tw-${device}` },
  view: 'addresses',
  exempt: ['node-to-local-pod'],
  quirks: [
    'what comes to a node port is judged with the address that it has when it reaches the pod’s node',
    'egress policies also judge what a pod sends to its own node',
  ],
};

/**
 * Programs at the pod's host device (felix/bpf-gpl/tc.c): they see the backend of a Service, and clients by their own
 * addresses, also those of node ports; what the node itself sends to its pods they let through.
 */
export const calicoBpfPolicies: PolicyEngine = {
  enforces: true,
  engine: 'calico eBPF',
  apis: ['calico'],
  egress: { at: 'from-pod', name: (device) => `tc ingress ${device}` },
  ingress: { at: 'to-pod', name: (device) => `tc egress ${device}` },
  view: 'addresses',
  exempt: ['node-to-local-pod'],
  quirks: [
    'what comes to a node port is judged with the address of its client, on whatever node it came in',
    'of protocols beside TCP and UDP the programs read no ports',
  ],
};
