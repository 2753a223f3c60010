import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');

export const netpolAllowAll: Rule = {
  name: 'netpol-allow-all',
  severity: 'off',
  precision: 'certain',
  tier: 3,
  kinds: ['NetworkPolicy'],
  what: 'A rule admits every peer on every port.',
  why: 'Policies add up: whatever others of the same pods restrict, this rule opens again.',
  fix: 'name the peers or ports that are meant',
  sources: ['ahmetb/kubernetes-network-policy-recipes:02a-allow-all-traffic-to-an-application.md'],
  examples: {
    bad: { manifests: manifests(WEB, policyOf('web', 'ingress: [{}]')) },
    good: { manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: 80}]}]')) },
  },
  run: (input: CheckInput) => ruleViews(input).flatMap(hitOf),
};

function hitOf({ policy, subject, rule }: RuleView): readonly Hit[] {
  if (rule.peers !== undefined || rule.ports !== undefined) return [];
  return [
    {
      subject,
      path: pathIn(policy, rule.origin),
      message: `${subjectName(subject)} admits everything (${policy.direction})`,
      fact: policy.direction,
    },
  ];
}
