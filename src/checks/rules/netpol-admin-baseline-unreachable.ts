import { BASELINE_TIER } from '../../policy/policy.ts';
import { ADMIN_KINDS, type AdminView, adminViews } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { isolating } from '../connections.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy, policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { podOfGroup, policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web'),
  clusterPolicy(
    'base',
    { tier: 'Baseline', subject: 'pods: {podSelector: {matchLabels: {app: web}}}' },
    'ingress: [{action: Deny, from: [{namespaces: {}}]}]',
  ),
];

export const netpolAdminBaselineUnreachable: Rule = {
  name: 'netpol-admin-baseline-unreachable',
  severity: 'info',
  precision: 'closed-world',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'NetworkPolicies isolate every pod that a policy of the baseline tier is about.',
  why: 'For an isolated pod NetworkPolicies have the last word: the baseline is never asked.',
  fix: 'use the tier Admin for what NetworkPolicies shall not change',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go BaselineTier'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'ingress: []')) },
    good: { manifests: manifests(...AROUND) },
  },
  run: (input) => adminViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, { policy, subject, selected }: AdminView): readonly Hit[] {
  const alive = selected.filter((group) => podOfGroup(input, group) !== undefined);
  const [first] = alive;
  if (policy.tier !== BASELINE_TIER || first === undefined) return [];
  if (!alive.every((group) => isolating(input, group, policy.direction).length > 0)) return [];
  return [
    {
      subject,
      path: ['spec', policy.direction],
      message: `${subjectName(subject)} decides nothing for ${policy.direction}: NetworkPolicies isolate each of its pods, such as ${subjectName(first.subject)}`,
      related: isolating(input, first, policy.direction).map((each) =>
        policyEvidence(each, `isolates ${first.name}`),
      ),
      fact: policy.direction,
    },
  ];
}
