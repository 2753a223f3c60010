import { rawObjectsOfKind } from '../../k8s/raw-objects.ts';
import { certificateIsIssued } from '../certificates.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { tlsSecret } from '../example-secrets.ts';
import { conditionPath, type ListenerView, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

export const gatewayCertMissing: Rule = {
  name: 'gateway-cert-missing',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Gateway', 'ListenerSet', 'XListenerSet'],
  what: 'A certificate of a listener is not there, or the Secret holds none that can be served.',
  why: 'The listener is not programmed: clients cannot connect.',
  fix: 'correct the name; the Secret is of type kubernetes.io/tls, with tls.crt and tls.key',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerReasonInvalidCertificateRef'],
  examples: {
    bad: { manifests: manifests(tlsSecret('web-tls'), serving('wbe-tls')) },
    good: { manifests: manifests(tlsSecret('web-tls'), serving('web-tls')) },
  },
  run: (input) => listenerViews(input).flatMap((view) => [...invalid(view), ...missing(input, view)]),
};

function serving(secret: string): string {
  return gateway(
    'edge',
    `{name: web, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: ${secret}}]}}`,
  );
}

/** What is there, and is no certificate. */
function invalid({ listener, subject }: ListenerView): readonly Hit[] {
  const { body, owner, conditions } = listener;
  return conditions
    .filter(({ reason }) => reason === 'InvalidCertificateRef')
    .map((refusal) => ({
      subject,
      path: conditionPath(owner, refusal, body.path),
      message: `listener ${body.name} of ${subjectName(subject)} has no certificate: ${refusal.message}`,
      fact: refusal.message,
    }));
}

/** What is not there; Secrets are seldom among manifests, and controllers make them. */
function missing(input: CheckInput, { listener, subject }: ListenerView): readonly Hit[] {
  const { body, owner } = listener;
  if (body.tls?.mode !== 'Terminate' || certificateIsIssued(input, owner.metadata)) return [];
  const secrets = rawObjectsOfKind(input.snapshot.objects, 'Secret');
  return body.tls.certificates.flatMap(({ group, kind, name, path, namespace: written }): readonly Hit[] => {
    const namespace = written ?? owner.metadata.namespace;
    if (group !== '' || kind !== 'Secret') return [];
    if (secrets.some((each) => each.name === name && each.namespace === namespace)) return [];
    const elsewhere = secrets.find((each) => each.name === name);
    const words = elsewhere === undefined ? '' : `; namespace ${elsewhere.namespace} has one`;
    return [
      {
        subject,
        path: [...path, 'name'],
        severity: 'warning',
        message: `listener ${body.name} of ${subjectName(subject)} serves Secret ${namespace}/${name}, which is not there${words}`,
        fact: `${namespace}/${name}`,
        gate: input.gates.reference('Secret', namespace),
      },
    ];
  });
}
