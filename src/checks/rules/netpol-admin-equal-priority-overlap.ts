import {
  ADMIN_KINDS,
  type AdminRuleView,
  type AdminView,
  adminViews,
  commonSubjects,
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
const DENY = clusterPolicy('deny', {}, 'ingress: [{action: Deny, from: [{namespaces: {}}]}]');

export const netpolAdminEqualPriorityOverlap: Rule = {
  name: 'netpol-admin-equal-priority-overlap',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'Two policies of one tier have the same priority, and different actions for the same connection.',
  why: 'Which of them is looked at first is not defined: implementations differ, and may change their minds.',
  fix: 'give them different priorities',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go Priority'],
  examples: {
    bad: { manifests: manifests(WEB, DENY, accepting(10)) },
    good: { manifests: manifests(WEB, DENY, accepting(5)) },
  },
  run: (input) => adminViews(input).flatMap((view, index) => hitsOf(input, view, index)),
};

function accepting(priority: number): string {
  return clusterPolicy('accept', { priority }, 'ingress: [{action: Accept, from: [{namespaces: {}}]}]');
}

/** One hit for each policy that is in the way of an earlier one. */
function hitsOf(input: CheckInput, view: AdminView, index: number): readonly Hit[] {
  for (const other of adminViews(input).slice(0, index)) {
    if (!isRival(view, other)) continue;
    const rules = firstConflict(input, other, view);
    if (rules === undefined) continue;
    const [first, second] = rules;
    return [
      {
        subject: view.subject,
        path: ['spec', 'priority'],
        message: `${subjectName(other.subject)} and ${subjectName(view.subject)} have the priority ${view.policy.priority}, and one would ${first.rule.action} what the other would ${second.rule.action}`,
        related: [
          { subject: other.subject, path: pathIn(other.policy, first.rule.origin), message: 'the one' },
          { subject: view.subject, path: pathIn(view.policy, second.rule.origin), message: 'the other' },
        ],
        fact: `${subjectName(other.subject)} ${view.policy.direction}`,
      },
    ];
  }
  return [];
}

function isRival({ policy }: AdminView, { policy: other }: AdminView): boolean {
  return (
    policy.tier === other.tier &&
    policy.direction === other.direction &&
    policy.priority === other.priority &&
    policy.origin !== other.origin
  );
}

function firstConflict(
  input: CheckInput,
  a: AdminView,
  b: AdminView,
): readonly [AdminRuleView, AdminRuleView] | undefined {
  const [group] = commonSubjects(a, b);
  if (group === undefined) return undefined;
  for (const rule of a.policy.rules) {
    for (const other of b.policy.rules) {
      const pair = [
        { ...a, rule },
        { ...b, rule: other },
      ] as const;
      if (rule.action !== other.action && rulesMeet(input, group, ...pair)) return pair;
    }
  }
  return undefined;
}
