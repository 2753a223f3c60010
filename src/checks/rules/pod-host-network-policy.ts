import type { NetworkPolicyObject } from '../../k8s/kinds/network-policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { isEverything, type PodsPeerView, pathIn, podsPeerViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const POLICY = object('networking.k8s.io/v1', 'NetworkPolicy', 'agent', [
  'spec: {podSelector: {matchLabels: {app: agent}}, policyTypes: [Ingress]}',
]);

export const podHostNetworkPolicy: Rule = {
  name: 'pod-host-network-policy',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A NetworkPolicy selects pods in the network of their node by their labels, as its subject or as a peer.',
  why: 'What a policy does to them is left to the CNI, and most of them do nothing: the pods are not isolated, and as a peer they are the node.',
  fix: 'use a policy of the CNI for nodes, or take hostNetwork from the pods; as a peer, admit the addresses of the nodes',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(POLICY, workload('agent', { pod: ['hostNetwork: true'] })) },
    good: { manifests: manifests(POLICY, workload('agent')) },
  },
  run: (input) => [
    ...input.snapshot.objects.ofKind('NetworkPolicy').flatMap((each) => ofSubject(input, each)),
    ...podsPeerViews(input).flatMap(ofPeer),
  ],
};

function ofSubject({ groups }: CheckInput, policy: NetworkPolicyObject): readonly Hit[] {
  const { podSelector } = policy.body;
  // A policy for the whole namespace is not about them.
  if (isEverything(podSelector.selector) || !podSelector.readable) return [];
  const selected = groups.match(policy.metadata.namespace, podSelector.selector);
  const inHost = selected.filter(({ spec }) => spec.hostNetwork);
  if (inHost.length === 0) return [];
  const subject = subjectOf(policy);
  const names = inHost.map((group) => subjectName(group.subject)).join(', ');
  return [
    {
      subject,
      path: podSelector.path,
      message: `${subjectName(subject)} selects ${names}, in the network of the node: most CNIs do not enforce it there`,
      related: inHost.map(hostEvidence),
      fact: names,
    },
  ];
}

/** A peer by labels that are those of such pods alone: their packets have the address of a node. */
function ofPeer({ policy, subject, peer, groups }: PodsPeerView): readonly Hit[] {
  const { pods } = peer.pods;
  if (pods === undefined || isEverything(pods.selector)) return [];
  if (groups.length === 0 || !groups.every(({ spec }) => spec.hostNetwork)) return [];
  const names = groups.map((group) => subjectName(group.subject)).join(', ');
  return [
    {
      subject,
      path: pathIn(policy, peer.origin),
      message: `a peer of ${subjectName(subject)} is ${names}, in the network of the node: its packets have the address of the node, which no selector matches`,
      related: groups.map(hostEvidence),
      fact: `peer ${names}`,
      help: 'admit the addresses of the nodes (ipBlock)',
    },
  ];
}

function hostEvidence({ subject, templatePath }: PodGroup): Evidence {
  return {
    subject,
    path: [...templatePath, 'spec', 'hostNetwork'],
    message: 'is in the network of its node',
  };
}
