import type { Condition } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { conditionPath, type ListenerView, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

export const gatewayListenerInvalid: Rule = {
  name: 'gateway-listener-invalid',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Gateway', 'ListenerSet', 'XListenerSet'],
  what: 'The protocol, TLS settings or kinds of routes of a listener do not go together.',
  why: 'A controller does not accept such a listener: nothing listens, or the routes of that kind stay outside.',
  fix: 'write what the message says; HTTPS and TLS need tls, HTTP takes HTTPRoutes and GRPCRoutes',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerConditionReason'],
  examples: {
    bad: { manifests: gateway('edge', '{name: web, port: 443, protocol: HTTPS}') },
    good: {
      manifests: gateway(
        'edge',
        '{name: web, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: web-tls}]}}',
      ),
    },
  },
  run: (input: CheckInput) => listenerViews(input).flatMap(hitsOf),
};

const REASONS: ReadonlySet<string> = new Set([
  'UnsupportedProtocol',
  'Invalid',
  'InvalidRouteKinds',
  'InvalidCACertificateKind',
  'InvalidCACertificateRef',
  'NoValidCACertificate',
]);

function hitsOf({ listener, subject }: ListenerView): readonly Hit[] {
  const { body, owner, conditions } = listener;
  // Implementations may know protocols with a domain in their name.
  if (body.protocol.includes('/')) return [];
  return conditions
    .filter(
      (each) =>
        each.type !== 'Programmed' &&
        each.status === 'False' &&
        (REASONS.has(each.reason) || isOfAuthority(each)),
    )
    .map((refusal) => ({
      subject,
      path: conditionPath(owner, refusal, body.path),
      message: `listener ${body.name} of ${subjectName(subject)}: ${refusal.message} (${refusal.reason})`,
      fact: `${body.name} ${refusal.reason}`,
      // What the API server refuses gets to no controller.
      cause: { rule: 'manifest-rejected', subject },
    }));
}

/** A ReferenceGrant that is missing for a certificate authority. */
function isOfAuthority({ reason, at }: Condition): boolean {
  return reason === 'RefNotPermitted' && at?.path.includes('caCertificateRefs') === true;
}
