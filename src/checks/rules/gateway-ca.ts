import type { CheckInput } from '../check-input.ts';
import { backendTlsPolicy } from '../example-gateways.ts';
import { manifests, object } from '../example-manifests.ts';
import { conditionPath, gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SYSTEM = 'wellKnownCACertificates: System';
const REFS = 'caCertificateRefs: [{group: "", kind: ConfigMap, name: web-ca}]';
const OTHER = object('v1', 'ConfigMap', 'settings', ['data: {mode: fast}']);

export const gatewayCa: Rule = {
  name: 'gateway-ca',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['BackendTLSPolicy'],
  what: 'A certificate authority of a BackendTLSPolicy is not there, or holds no certificate.',
  why: 'The gateway must not connect to a backend that it cannot verify: requests are answered with an error.',
  fix: 'name a ConfigMap of the namespace with the certificate under ca.crt, or wellKnownCACertificates: System',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/backendtlspolicy_types.go caCertificateRefs'],
  examples: {
    bad: {
      manifests: manifests(OTHER, backendTlsPolicy('web').replace(SYSTEM, REFS)),
    },
    good: { manifests: manifests(OTHER, backendTlsPolicy('web')) },
  },
  run: hitsOf,
};

const REASONS: ReadonlySet<string> = new Set(['InvalidKind', 'InvalidCACertificateRef']);

function hitsOf(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).policies.flatMap(({ policy, conditions }) =>
    conditions
      .filter(({ reason }) => REASONS.has(reason))
      .map((refusal): Hit => {
        const subject = subjectOf(policy);
        const isMissing = refusal.message.startsWith('there is no');
        return {
          subject,
          path: conditionPath(policy, refusal, ['spec', 'validation']),
          message: `${subjectName(subject)} verifies nothing: ${refusal.message}`,
          fact: refusal.message,
          gate: isMissing ? input.gates.reference('ConfigMap', subject.namespace) : undefined,
        };
      }),
  );
}
