import type { CheckInput } from '../check-input.ts';
import { backendTlsPolicy } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const gatewayConflict: Rule = {
  name: 'gateway-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['BackendTLSPolicy'],
  what: 'Two BackendTLSPolicies have the same target.',
  why: 'The older one counts, and of equal ones the first by name: the other does nothing.',
  fix: 'take one away, or give each its port (sectionName)',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/backendtlspolicy_types.go'],
  examples: {
    bad: { manifests: manifests(backendTlsPolicy('a'), backendTlsPolicy('b')) },
    good: { manifests: manifests(backendTlsPolicy('a'), backendTlsPolicy('b', 'sectionName: https')) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).policies.flatMap(({ policy, conditions }) =>
    conditions
      .filter(({ reason }) => reason === 'Conflicted')
      .map((refusal) => {
        const subject = subjectOf(policy);
        return {
          subject,
          path: ['spec', 'targetRefs'],
          message: `${subjectName(subject)} does nothing: ${refusal.message}`,
        };
      }),
  );
}
