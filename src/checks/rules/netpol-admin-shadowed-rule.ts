import { ADMIN_KINDS, type AdminRuleView, adminRuleViews, laterRules } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { podsCover, ruleCovers } from '../rule-cover.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const WIDE = '{action: Accept, from: [{namespaces: {}}]}';
const NARROW = '{action: Deny, from: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: test}}}]}';

export const netpolAdminShadowedRule: Rule = {
  name: 'netpol-admin-shadowed-rule',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'A rule of a policy with tiers is never the first that matches.',
  why: 'The first rule that matches decides, by priority and then by place: an earlier one takes all that this one is about.',
  fix: 'put the narrow rule first, or take it away',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go'],
  examples: {
    bad: { manifests: manifests(WEB, clusterPolicy('rules', {}, `ingress: [${WIDE}, ${NARROW}]`)) },
    good: { manifests: manifests(WEB, clusterPolicy('rules', {}, `ingress: [${NARROW}, ${WIDE}]`)) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  const shadowed = new Map<AdminRuleView['rule'], Hit>();
  for (const view of adminRuleViews(input)) {
    for (const later of laterRules(input, view)) {
      const isFirst =
        later.policy.priority > view.policy.priority || later.policy.origin === view.policy.origin;
      const isTaken =
        podsCover(view.policy.subject, later.policy.subject) && ruleCovers(view.rule, later.rule);
      if (isFirst && isTaken && !shadowed.has(later.rule)) shadowed.set(later.rule, hitOf(view, later));
    }
  }
  return [...shadowed.values()];
}

function hitOf(view: AdminRuleView, { policy, rule, subject }: AdminRuleView): Hit {
  const whose = view.policy === policy ? 'an earlier rule of it' : subjectName(view.subject);
  return {
    subject,
    path: pathIn(policy, rule.origin),
    message: `this rule of ${subjectName(subject)} decides nothing: ${whose} comes first and matches all of it`,
    related: [{ subject: view.subject, path: pathIn(view.policy, view.rule.origin), message: 'comes first' }],
    fact: policy.direction,
  };
}
