import type { CheckInput } from '../check-input.ts';
import { gateway, gatewayObject } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { tlsSecret } from '../example-secrets.ts';
import { conditionPath, type ListenerView, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  tlsSecret('certs/web-tls'),
  gateway(
    'edge',
    '{name: web, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web-tls, namespace: certs}]}}',
  ),
];

export const gatewayCertRefNotPermitted: Rule = {
  name: 'gateway-cert-ref-not-permitted',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Gateway', 'ListenerSet', 'XListenerSet'],
  what: 'A listener serves a Secret of another namespace, and no ReferenceGrant there admits it.',
  why: 'The listener is not programmed: clients cannot connect.',
  fix: 'make the ReferenceGrant in the namespace of the Secret, or copy the Secret',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerReasonRefNotPermitted'],
  examples: {
    bad: { manifests: manifests(...AROUND) },
    good: {
      manifests: manifests(
        ...AROUND,
        gatewayObject(
          'ReferenceGrant',
          'certs/edge',
          'from: [{group: gateway.networking.k8s.io, kind: Gateway, namespace: default}], to: [{group: "", kind: Secret}]',
        ),
      ),
    },
  },
  run: (input: CheckInput) => listenerViews(input).flatMap((view) => hitsOf(input, view)),
};

function hitsOf(input: CheckInput, { listener, subject }: ListenerView): readonly Hit[] {
  const { body, owner, conditions } = listener;
  return conditions
    .filter(({ reason, at }) => reason === 'RefNotPermitted' && at?.path.includes('certificateRefs') === true)
    .map((refusal): Hit => {
      const path = conditionPath(owner, refusal, body.path);
      const ref = body.tls?.certificates.find((each) => each.path.join('.') === path.join('.'));
      const namespace = ref?.namespace ?? owner.metadata.namespace;
      return {
        subject,
        path: [...path, 'namespace'],
        message: `listener ${body.name} of ${subjectName(subject)}: ${refusal.message}`,
        fact: `${namespace}/${ref?.name ?? ''}`,
        help: `a ReferenceGrant in ${namespace} with from: [{group: gateway.networking.k8s.io, kind: ${subject.kind}, namespace: ${subject.namespace}}], to: [{group: "", kind: Secret, name: ${ref?.name ?? ''}}]`,
        gate:
          input.gates.reference('ReferenceGrant', namespace) && input.gates.reference('Secret', namespace),
      };
    });
}
