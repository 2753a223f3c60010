import type { ObjectOfKind } from '../../k8s/kinds.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const netpolSectionIgnored: Rule = {
  name: 'netpol-section-ignored',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A NetworkPolicy has rules of a direction that its policyTypes leave out.',
  why: 'The rules are dead: the policy says nothing about that direction, which stays as open as it was.',
  fix: 'add the direction to policyTypes, or take the rules away',
  sources: ['kubernetes/api:networking/v1/types.go NetworkPolicySpec.PolicyTypes'],
  examples: {
    bad: { manifests: manifests(workload('db'), policyOf('db', 'policyTypes: [Egress]', 'ingress: [{}]')) },
    good: { manifests: manifests(workload('db'), policyOf('db', 'policyTypes: [Ingress]', 'ingress: [{}]')) },
  },
  run: (input) => input.snapshot.objects.ofKind('NetworkPolicy').flatMap(hitsOf),
};

function hitsOf(policy: ObjectOfKind<'NetworkPolicy'>): readonly Hit[] {
  const { policyTypes } = policy.body;
  const subject = subjectOf(policy);
  return (['Ingress', 'Egress'] as const).flatMap((type): readonly Hit[] => {
    const section = type === 'Ingress' ? 'ingress' : 'egress';
    if (policyTypes.length === 0 || policyTypes.includes(type)) return [];
    if (policy.body[section].length === 0) return [];
    const evidence = { subject, path: ['spec', 'policyTypes'], message: `has no ${type}` };
    return [
      {
        subject,
        path: ['spec', section],
        message: `${subjectName(subject)} has ${section} rules, but its policyTypes are [${policyTypes.join(', ')}]: the rules are ignored`,
        related: [evidence],
        fact: section,
        help: `add ${type} to policyTypes`,
      },
    ];
  });
}
