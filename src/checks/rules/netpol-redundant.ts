import type { CompiledPolicy, PolicyRule } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, policySubject, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { podsCover, ruleCovers } from '../rule-cover.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');

export const netpolRedundant: Rule = {
  name: 'netpol-redundant',
  severity: 'off',
  precision: 'certain',
  tier: 3,
  kinds: ['NetworkPolicy'],
  what: 'A rule admits nothing that another one does not admit already.',
  why: 'Policies add up: taking the rule away changes no connection, and somebody may think that it does.',
  fix: 'take the rule away, or the wider one that makes it useless',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        policyOf('web', 'ingress: [{ports: [{port: 80}]}, {ports: [{port: 80, endPort: 90}]}]'),
      ),
    },
    good: {
      manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: 80}]}, {ports: [{port: 90}]}]')),
    },
  },
  run: (input: CheckInput) => ruleViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf({ snapshot }: CheckInput, { policy, subject, rule }: RuleView): readonly Hit[] {
  const others = snapshot.policies
    .inNamespace(policy.namespace)
    .filter(({ kind, direction }) => kind === 'NetworkPolicy' && direction === policy.direction);
  for (const other of others) {
    const wide = other.rules.find((each) => makesUseless(each, other, { rule, policy }));
    if (wide === undefined) continue;
    const owner = policySubject(other);
    const whose = other === policy ? 'another rule of it' : subjectName(owner);
    return [
      {
        subject,
        path: pathIn(policy, rule.origin),
        message: `this rule of ${subjectName(subject)} adds nothing: ${whose} admits all of it`,
        related: [{ subject: owner, path: pathIn(other, wide.origin), message: 'admits it' }],
        fact: policy.direction,
      },
    ];
  }
  return [];
}

/** Of two equal rules the second is useless: by name of the policy, then by place. */
function makesUseless(
  wide: PolicyRule,
  owner: CompiledPolicy,
  { rule, policy }: { readonly rule: PolicyRule; readonly policy: CompiledPolicy },
): boolean {
  if (wide === rule || !podsCover(owner.subject, policy.subject) || !ruleCovers(wide, rule)) return false;
  const isEqual = podsCover(policy.subject, owner.subject) && ruleCovers(rule, wide);
  if (!isEqual) return true;
  return owner === policy ? wide.index < rule.index : owner.name < policy.name;
}
