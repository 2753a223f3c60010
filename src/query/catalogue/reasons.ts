/** What each reason says: a reason refines one disposition. */

import type { Disposition, Reason } from '../../trace/disposition.ts';

export interface ReasonPage {
  /** The dispositions that it refines. */
  readonly of: readonly Disposition[];
  readonly means: string;
  readonly next: string;
}

export const REASON_PAGES: Readonly<Record<Reason, ReasonPage>> = {
  'isolated-no-rule-matches': {
    of: ['denied-egress', 'denied-ingress', 'name-unavailable'],
    means:
      'at least one NetworkPolicy selects the pod for this direction, and no rule of any of them admits the connection',
    next: 'Add the missing peer or port to a rule, or write a policy that admits it; policies add up, their order means nothing.',
  },
  'admin-deny': {
    of: ['denied-egress', 'denied-ingress', 'name-unavailable'],
    means: 'a rule of the admin tier denies it; NetworkPolicies are not asked',
    next: 'A rule of a lower priority number that accepts or passes it has to match first.',
  },
  'baseline-deny': {
    of: ['denied-egress', 'denied-ingress', 'name-unavailable'],
    means: 'no NetworkPolicy isolates the pod, and a rule of the baseline tier denies it',
    next: 'Write a NetworkPolicy that admits it: it is asked before the baseline.',
  },
  'policy-deny': {
    of: ['denied-egress', 'denied-ingress', 'name-unavailable'],
    means: 'a rule of a policy of the CNI denies it, whatever NetworkPolicies say',
    next: 'Change the rule, or have one that allows it come before; under Cilium a denial comes before every rule that allows.',
  },
  'dns-denied-egress': {
    of: ['name-unavailable'],
    means: 'policies of the pod do not let it ask the cluster DNS, so that no name resolves',
    next: 'Admit UDP and TCP port 53 to the DNS pods in every egress policy that isolates the pod.',
  },
  'no-such-service': {
    of: ['name-not-found'],
    means: 'the name is that of a Service which is not in its namespace',
    next: 'Check the spelling and the namespace: from another namespace it is NAME.NAMESPACE.',
  },
  'no-such-namespace': {
    of: ['name-not-found'],
    means: 'the second part of the name is no namespace of the input',
    next: 'Check the spelling, or give the manifests of that namespace, too.',
  },
  'no-such-port': {
    of: ['dropped', 'rejected', 'no-l7-route'],
    means: 'the Service has the address, but not the port: lost in iptables mode, refused in the others',
    next: 'Dial a port that spec.ports lists: the port of the Service, not its targetPort.',
  },
  'headless-no-ready-pod': {
    of: ['name-not-found'],
    means: 'the name of a headless Service holds the addresses of its ready pods, and there are none',
    next: 'Make a pod ready, or set publishNotReadyAddresses.',
  },
  'selector-matches-no-pod': {
    of: ['no-endpoints', 'no-l7-route'],
    means: "no pod of the Service's namespace has all the labels of its selector",
    next: 'Make selector and labels of the pod template the same; the answer shows the nearest workload.',
  },
  'selector-in-other-namespace': {
    of: ['no-endpoints', 'no-l7-route'],
    means: 'the selector matches pods, but of another namespace: a Service selects only beside itself',
    next: 'Put the Service into the namespace of the pods.',
  },
  'target-port-name-unknown': {
    of: ['no-endpoints', 'no-l7-route'],
    means: 'targetPort is a name that no container of the selected pods gives to a port',
    next: 'Name the containerPort so, or write its number as targetPort.',
  },
  'pods-not-ready': {
    of: ['no-endpoints', 'no-l7-route'],
    means: 'the selected pods are not ready, so that no proxy sends them connections',
    next: 'Look at the readiness probe and at the events of the pods.',
  },
  'no-slice': {
    of: ['no-endpoints', 'no-l7-route'],
    means: 'the Service has no selector, and no EndpointSlice or Endpoints object belongs to it',
    next: 'Label the EndpointSlice kubernetes.io/service-name: NAME, or give the Service a selector.',
  },
  'source-range-mismatch': {
    of: ['dropped'],
    means: 'the client is in none of the ranges that the load balancer of the Service takes connections from',
    next: 'Add its range to spec.loadBalancerSourceRanges; node ports and external IPs are not held by them.',
  },
  'subnet-without-lease': {
    of: ['neighbor-unreachable'],
    means: "the address is a pod's, or in the pod range of the cluster, but lies in the range of no node",
    next: 'No node routes it: check podCIDRs of the nodes.',
  },
  'not-on-link': {
    of: ['neighbor-unreachable'],
    means:
      'the node of the pod is on another link, and without an overlay routes go only to nodes on the same one',
    next: 'Use an overlay (flannel vxlan, Calico cross-subnet), or put the nodes into one subnet.',
  },
  'no-ingress-class': {
    of: ['no-l7-route'],
    means: 'the host stands in an Ingress that no controller serves: its class is unknown, or it has none',
    next: 'Set ingressClassName to an IngressClass that is there, or mark one of them as the default.',
  },
  'host-no-match': {
    of: ['no-l7-route'],
    means: 'the proxy has no rule for the Host header, and nothing that takes every host',
    next: 'Add a rule for the host; a wildcard covers one label in an Ingress, any number in a Gateway.',
  },
  'path-no-match': {
    of: ['no-l7-route'],
    means: 'the proxy has rules for the host, and none of them matches the path',
    next: 'Add a rule with path / for the host: rules of other hosts, or of every host, are not tried.',
  },
  'route-not-attached': {
    of: ['no-l7-route'],
    means: 'the listener that takes the request has no route attached to it',
    next: 'k8snet explain route NAME tells which condition keeps it from its parent: allowedRoutes, hostnames, sectionName.',
  },
  'listener-port-missing': {
    of: ['no-l7-route'],
    means: 'the proxy of the Gateway has no listener on the port',
    next: 'Add a listener with the port, or ask for one of those that are there.',
  },
  'backend-service-missing': {
    of: ['no-l7-route'],
    means: 'the rule that matches leads to a Service that is not there',
    next: 'Check the name and the namespace: an Ingress reaches Services of its own namespace only.',
  },
  'bridge-netfilter-off': {
    of: ['reply-lost'],
    means:
      'two pods on one bridge: the answer is switched past conntrack and arrives with the address of the pod, not of the Service',
    next: 'Load br_netfilter and set net.bridge.bridge-nf-call-iptables to 1 on the node.',
  },
  'martian-source': {
    of: ['dropped'],
    means:
      'a packet comes to a node from outside with the node’s own address as its source: a load balancer that keeps the client’s address sends a connection of the node back to the node',
    next: 'Use the Service’s name inside the cluster, or let the load balancer take its own address (on AWS preserve_client_ip.enabled=false).',
  },
};
