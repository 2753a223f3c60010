import type { ObjectOfKind } from '../../k8s/kinds.ts';
import { printSelector } from '../../query/print-selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { nearSelection } from '../near-selection.ts';
import { isEverything, wantedLabels } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const netpolSelectsNothing: Rule = {
  name: 'netpol-selects-nothing',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'The podSelector of a NetworkPolicy matches no pod, and no pod template, of its namespace.',
  why: 'The policy changes nothing: pods that it was meant for keep the policies that they have, or none.',
  fix: 'correct the podSelector, or the namespace of the policy: it selects pods of its own namespace only',
  sources: ['kubernetes/api:networking/v1/types.go NetworkPolicySpec'],
  examples: {
    bad: { manifests: manifests(workload('carts'), policyOf('cart', 'policyTypes: [Ingress]')) },
    good: { manifests: manifests(workload('carts'), policyOf('carts', 'policyTypes: [Ingress]')) },
  },
  run: (input) => input.snapshot.objects.ofKind('NetworkPolicy').flatMap((policy) => hitOf(input, policy)),
};

function hitOf(input: CheckInput, policy: ObjectOfKind<'NetworkPolicy'>): readonly Hit[] {
  const { namespace } = policy.metadata;
  const { selector, path } = policy.body.podSelector;
  if (isEverything(selector) || input.groups.match(namespace, selector).length > 0) return [];
  const subject = subjectOf(policy);
  const { evidence, words, help } = nearSelection(input, [namespace], wantedLabels(selector));
  return [
    {
      subject,
      path,
      message: `${subjectName(subject)} selects nothing: no pod in namespace ${namespace} has ${printSelector(selector)}${words}`,
      related: evidence,
      fact: printSelector(selector),
      ...(help === undefined ? {} : { help }),
      gate: input.gates.selection([namespace]),
    },
  ];
}
