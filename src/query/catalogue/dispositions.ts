/** What each disposition says: the page of `explain`, and the table of docs/dispositions.md. */

import type { Disposition } from '../../trace/disposition.ts';

export interface DispositionPage {
  readonly given: string;
  /** What the program sees, over TCP and over UDP; empty where there is no such connection. */
  readonly tcp: string;
  readonly udp: string;
  /** Where to look next. */
  readonly next: string;
}

export const DISPOSITION_PAGES: Readonly<Record<Disposition, DispositionPage>> = {
  accepted: {
    given: 'a pod or host socket takes the packet, and the answer gets back',
    tcp: 'connected',
    udp: 'connected',
    next: 'That something listens on the port is an assumption where no container declares it (A_LISTENS).',
  },
  'exits-cluster': {
    given: 'it leaves for an address that no manifest owns; the far end is taken to answer',
    tcp: 'unknown',
    udp: 'unknown',
    next: 'If the address should belong to a pod, node or Service, check podCIDRs, serviceCIDRs and nodes of the profile.',
  },
  'denied-egress': {
    given: "the sender's policies do not admit it: a policy drops it on the sender's node",
    tcp: 'timeout',
    udp: 'sent',
    next: 'The answer names every policy that isolates the pod, and why each of its rules missed; --ignore-policies shows the rest of the path.',
  },
  'denied-ingress': {
    given: "the receiver's policies do not admit it: a policy drops it on the receiver's node",
    tcp: 'timeout',
    udp: 'sent',
    next: 'The answer names every policy that isolates the pod, and why each of its rules missed. Ports of policies are those of containers, not of Services.',
  },
  rejected: {
    given: 'a rule answers with an ICMP error',
    tcp: 'refused',
    udp: "refused; not-permitted where the sender's own OUTPUT refuses",
    next: 'The step marked in the walk names chain and rule; -vv shows the rules that were tried before it.',
  },
  dropped: {
    given:
      'a rule drops it, or it is lost: an unassigned Service address or port, a frame that a bridge does not send back',
    tcp: 'timeout',
    udp: "sent; not-permitted where the sender's own OUTPUT drops",
    next: 'Where a Service address is dialled, check its port; otherwise the last step of the walk names the rule.',
  },
  'no-endpoints': {
    given: 'the Service port has no endpoint anywhere (kube-proxy rejects)',
    tcp: 'refused',
    udp: 'refused or not-permitted',
    next: 'The reason says why: no pod is selected, the target port is unknown, pods are not ready, or no slice is written.',
  },
  'no-local-endpoint': {
    given: 'a Local traffic policy, endpoints elsewhere but none on this node (kube-proxy drops)',
    tcp: 'timeout',
    udp: 'sent or not-permitted',
    next: 'Run an endpoint on every node that traffic comes to (a DaemonSet), or use traffic policy Cluster.',
  },
  'no-route': {
    given: 'the sender has no route, or no address of the family',
    tcp: 'network-unreachable',
    udp: 'network-unreachable',
    next: 'Check ipFamilies of the profile, and -4 or -6.',
  },
  'neighbor-unreachable': {
    given: 'nobody on the link has the next hop, or no node has the pod address in its range',
    tcp: 'host-unreachable',
    udp: 'host-unreachable',
    next: 'Check which node has the address in its podCIDRs: k8snet explain cluster lists them.',
  },
  'name-not-found': {
    given: 'the name resolves to nothing',
    tcp: 'name-not-found',
    udp: '',
    next: 'The walk lists every name that the search list made of it. A Service of another namespace is NAME.NAMESPACE.',
  },
  'name-unavailable': {
    given: 'the resolver cannot be reached',
    tcp: 'name-try-again',
    udp: '',
    next: 'The walk is the one to the nameserver: the Service kube-dns, its endpoints, and what lies between.',
  },
  'no-l7-route': {
    given: 'a proxy takes the connection and has no rule for the request, or none whose backend it can ask',
    tcp: 'http-404, http-500, http-503, http-400, grpc-unimplemented, grpc-unavailable, tls-failure, reset',
    udp: '',
    next: 'k8snet explain ingress --url URL lists the rules in the order in which the proxy tries them, and why each loses.',
  },
  'denied-l7': {
    given:
      'a proxy takes the connection and refuses the request: a list of source ranges, authentication, an annotation that it cannot read',
    tcp: 'http-401, http-403, http-503',
    udp: '',
    next: 'Look at the address that the proxy sees as the client: behind externalTrafficPolicy Cluster it is one of a node.',
  },
  'answered-by-proxy': {
    given:
      'a proxy answers by itself, because a rule says so: a redirect, a fixed answer; no backend is asked',
    tcp: 'http-301, http-302, http-308, http-204 …',
    udp: '',
    next: 'Of a redirect, trace its Location: that is what the client does.',
  },
  'reply-lost': {
    given: 'the packet arrives, its answer does not, or comes from the wrong address',
    tcp: 'timeout',
    udp: 'sent',
    next: 'Often br_netfilter is off, so that bridged answers skip conntrack; -v walks the way back.',
  },
  loop: {
    given: 'the same way again and again, or the TTL is used up',
    tcp: 'timeout',
    udp: 'sent',
    next: 'Two routes point at each other: the walk shows them.',
  },
  'insufficient-info': {
    given: 'the manifests do not say enough, and a guess would decide',
    tcp: 'unknown',
    udp: 'unknown',
    next: 'A fact in the profile (k8snet.yaml) or in status decides it.',
  },
};
