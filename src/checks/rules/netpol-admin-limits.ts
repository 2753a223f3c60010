import type { CheckInput } from '../check-input.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

/** ovn-kubernetes/ovn-kubernetes:docs/features/network-security-controls/admin-network-policy.md. */
const MOST_OVN = 99;
const ON_OVN = ['cni.name=ovn-kubernetes'];

export const netpolAdminLimits: Rule = {
  name: 'netpol-admin-limits',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['AdminNetworkPolicy'],
  what: 'The priority of an AdminNetworkPolicy is beyond what OVN-Kubernetes takes.',
  why: 'The API allows 0 to 1000, OVN-Kubernetes makes rules of 0 to 99 only: the policy is not enforced there.',
  fix: 'use a priority of at most 99',
  sources: ['ovn-kubernetes/ovn-kubernetes:docs/features/network-security-controls/admin-network-policy.md'],
  examples: {
    bad: { manifests: manifests(workload('web'), policy(100)), set: ON_OVN },
    good: { manifests: manifests(workload('web'), policy(99)), set: ON_OVN },
  },
  run: (input: CheckInput) => {
    const { profile, objects } = input.snapshot;
    if (profile.cni.name !== 'ovn-kubernetes') return [];
    return objects.ofKind('AdminNetworkPolicy').flatMap((each): readonly Hit[] => {
      const { priority } = each.body;
      if (priority <= MOST_OVN) return [];
      const subject = subjectOf(each);
      return [
        {
          subject,
          path: ['spec', 'priority'],
          message: `${subjectName(subject)} has the priority ${priority}, and OVN-Kubernetes enforces none above ${MOST_OVN}`,
          fact: String(priority),
        },
      ];
    });
  },
};

function policy(priority: number): string {
  return object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'deny', [
    'spec:',
    `  priority: ${priority}`,
    '  subject: {namespaces: {}}',
    '  ingress: [{action: Deny, from: [{namespaces: {matchLabels: {env: test}}}]}]',
  ]);
}
