/**
 * The fields of policies. Sources: kubernetes/api:networking/v1/types.go,
 * kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go and apis/v1alpha1 of its v0.1 releases.
 */

import { ANY_OTHER, type FieldTree, leaves } from './field-tree.ts';

const SELECTOR: FieldTree = { matchLabels: true, matchExpressions: leaves('key operator values') };
const PODS: FieldTree = { namespaceSelector: SELECTOR, podSelector: SELECTOR };

const PEER: FieldTree = { ...PODS, ipBlock: leaves('cidr except') };
const PORTS = leaves('protocol port endPort');

const NETWORK_POLICY: FieldTree = {
  podSelector: SELECTOR,
  policyTypes: true,
  ingress: { from: PEER, ports: PORTS },
  egress: { to: PEER, ports: PORTS },
};

/** Readers of peers and ports say themselves which of them they do not know, and which they no longer do. */
const SUBJECT: FieldTree = {
  namespaces: { ...SELECTOR, ...leaves('sameLabels notSameLabels namespaceSelector') },
  pods: { ...PODS, namespaces: true },
  [ANY_OTHER]: true,
};
const CLUSTER_PEER: FieldTree = { ...SUBJECT, networks: true, nodes: SELECTOR, domainNames: true };
const DESTINATION: FieldTree = { destinationPort: { number: true, range: leaves('start end') } };
const PROTOCOLS: FieldTree = {
  tcp: DESTINATION,
  udp: DESTINATION,
  sctp: DESTINATION,
  destinationNamedPort: true,
  [ANY_OTHER]: true,
};
const ADMIN_PORTS: FieldTree = {
  portNumber: leaves('protocol port'),
  portRange: leaves('protocol start end'),
  namedPort: true,
  [ANY_OTHER]: true,
};

function clusterPolicy(ports: FieldTree): FieldTree {
  const rule = { name: true, action: true, ...ports } as const;
  return { subject: SUBJECT, ingress: { ...rule, from: SUBJECT }, egress: { ...rule, to: CLUSTER_PEER } };
}

const ADMIN_POLICY = clusterPolicy({ ports: ADMIN_PORTS });

/** The fields of a spec, by API version and kind. */
export const POLICY_SPECS: readonly (readonly [kind: string, spec: FieldTree])[] = [
  ['networking.k8s.io/v1 NetworkPolicy', NETWORK_POLICY],
  [
    'policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy',
    { tier: true, priority: true, ...clusterPolicy({ protocols: PROTOCOLS }) },
  ],
  ['policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy', { priority: true, ...ADMIN_POLICY }],
  ['policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy', ADMIN_POLICY],
];
