import { manifests, object, workload } from '../example-manifests.ts';
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
  what: 'A NetworkPolicy selects pods in the network of their node by their labels.',
  why: 'What a policy does to them is left to the CNI, and most of them do nothing: the pods are not isolated.',
  fix: 'use a policy of the CNI for nodes, or take hostNetwork from the pods',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(POLICY, workload('agent', { pod: ['hostNetwork: true'] })) },
    good: { manifests: manifests(POLICY, workload('agent')) },
  },
  run: ({ snapshot, groups }) =>
    snapshot.objects.ofKind('NetworkPolicy').flatMap((each) => {
      const { podSelector } = each.body;
      const { matchLabels, matchExpressions } = podSelector.selector;
      // A policy for the whole namespace is not about them.
      if (matchLabels.size + matchExpressions.length === 0 || !podSelector.readable) return [];
      const selected = groups.match(each.metadata.namespace, podSelector.selector);
      const inHost = selected.filter(({ spec }) => spec.hostNetwork);
      if (inHost.length === 0) return [];
      const subject = subjectOf(each);
      const names = inHost.map((group) => subjectName(group.subject)).join(', ');
      return [
        {
          subject,
          path: podSelector.path,
          message: `${subjectName(subject)} selects ${names}, in the network of the node: most CNIs do not enforce it there`,
          related: inHost.map((group) => ({
            subject: group.subject,
            path: [...group.templatePath, 'spec', 'hostNetwork'],
            message: 'is in the network of its node',
          })),
          fact: names,
        },
      ];
    }),
};
