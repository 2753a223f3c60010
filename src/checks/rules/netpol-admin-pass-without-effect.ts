import {
  ADMIN_KINDS,
  type AdminRuleView,
  adminRuleViews,
  commonSubjects,
  laterRules,
  rulesMeet,
} from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const PASS = '{action: Pass, from: [{namespaces: {}}]}';
const DENY = '{action: Deny, from: [{namespaces: {}}]}';

export const netpolAdminPassWithoutEffect: Rule = {
  name: 'netpol-admin-pass-without-effect',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'A rule passes connections on, and no later rule of its tier would have decided them.',
  why: 'What no rule matches goes on to the next tier anyway: without this rule everything would be the same.',
  fix: 'take the rule away, or put it before the rule that it is an exception from',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go Pass'],
  examples: {
    bad: { manifests: manifests(WEB, clusterPolicy('rules', {}, `ingress: [${PASS}]`)) },
    good: { manifests: manifests(WEB, clusterPolicy('rules', {}, `ingress: [${PASS}, ${DENY}]`)) },
  },
  run: (input) => adminRuleViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, view: AdminRuleView): readonly Hit[] {
  const { policy, rule, subject } = view;
  if (rule.action !== 'pass') return [];
  const isException = laterRules(input, view).some((later) => {
    if (later.rule.action === 'pass') return false;
    const [group] = commonSubjects(view, later);
    // Of pods and peers that are not there today nobody can tell.
    return group === undefined || rulesMeet(input, group, view, later);
  });
  if (isException) return [];
  return [
    {
      subject,
      path: pathIn(policy, rule.origin),
      message: `this rule of ${subjectName(subject)} passes on what no later rule of its tier would decide`,
      fact: policy.direction,
    },
  ];
}
