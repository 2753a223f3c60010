import type { CheckInput } from '../check-input.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  workload('web'),
  clusterPolicy('new', {}, 'ingress: [{action: Deny, from: [{namespaces: {}}]}]'),
];

export const netpolAdminV1alpha1Removed: Rule = {
  name: 'netpol-admin-v1alpha1-removed',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['AdminNetworkPolicy', 'BaselineAdminNetworkPolicy'],
  what: 'An AdminNetworkPolicy or BaselineAdminNetworkPolicy (v1alpha1) where ClusterNetworkPolicy has taken their place.',
  why: 'The project removed them: where both are present their order is not defined, and Calico from 3.32 on knows ClusterNetworkPolicy alone.',
  fix: 'write it as a ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2)',
  sources: ['kubernetes-sigs/network-policy-api:CHANGELOG.md', 'projectcalico/calico#11144'],
  examples: {
    bad: {
      manifests: manifests(
        ...AROUND,
        object('policy.networking.k8s.io/v1alpha1', 'AdminNetworkPolicy', 'old', [
          'spec: {priority: 5, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}',
        ]),
      ),
    },
    good: { manifests: manifests(...AROUND) },
  },
  run: hitsOf,
};

function hitsOf({ snapshot: { objects, profile } }: CheckInput): readonly Hit[] {
  const [newer] = objects.ofKind('ClusterNetworkPolicy');
  const isDropped = profile.given.has('cni.name') && profile.cni.name === 'calico';
  if (newer === undefined && !isDropped) return [];
  const older = [...objects.ofKind('AdminNetworkPolicy'), ...objects.ofKind('BaselineAdminNetworkPolicy')];
  return older.map((each) => {
    const subject = subjectOf(each);
    const other = newer === undefined ? undefined : subjectOf(newer);
    return {
      subject,
      path: ['apiVersion'],
      message:
        other === undefined
          ? `Calico from 3.32 on ignores ${subjectName(subject)}`
          : `${subjectName(subject)} is of an API that ${subjectName(other)}, which is here too, has taken the place of: their order is not defined`,
      related:
        other === undefined ? [] : [{ subject: other, path: ['apiVersion'], message: 'is of the newer API' }],
      fact: each.apiVersion,
    };
  });
}
