import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { rawObjectsOfKind } from '../../k8s/raw-objects.ts';
import { certificateIsIssued } from '../certificates.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  object('v1', 'Secret', 'shop-tls', ['type: kubernetes.io/tls']),
];

export const ingressTlsSecretMissing: Rule = {
  name: 'ingress-tls-secret-missing',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A Secret of `tls` is not among the Secrets of the namespace.',
  why: 'The controller serves its own certificate, which no client trusts.',
  fix: 'correct secretName; the Secret must be in the namespace of the Ingress',
  sources: ['kubernetes/api:networking/v1/types.go IngressTLS.SecretName'],
  examples: {
    bad: { manifests: manifests(...AROUND, withSecret('web-tls')) },
    good: { manifests: manifests(...AROUND, withSecret('shop-tls')) },
  },
  run: (input) => input.snapshot.objects.ofKind('Ingress').flatMap((each) => hitsOf(input, each)),
};

function withSecret(name: string): string {
  return ingress('shop', 'web', { spec: [`tls: [{hosts: [shop.example.com], secretName: ${name}}]`] });
}

function hitsOf(input: CheckInput, object: IngressObject): readonly Hit[] {
  const { objects } = input.snapshot;
  const { namespace } = object.metadata;
  if (certificateIsIssued(input, object.metadata)) return [];
  const secrets = rawObjectsOfKind(objects, 'Secret');
  const subject = subjectOf(object);
  return object.body.tls.flatMap(({ secretName, at }): readonly Hit[] => {
    if (secretName === '') return [];
    if (secrets.some((each) => each.name === secretName && each.namespace === namespace)) return [];
    const elsewhere = secrets.find((each) => each.name === secretName);
    const words = elsewhere === undefined ? '' : `; namespace ${elsewhere.namespace} has one`;
    return [
      {
        subject,
        path: [...at, 'secretName'],
        message: `${subjectName(subject)} serves Secret ${secretName}, which namespace ${namespace} does not have${words}`,
        fact: secretName,
        gate: input.gates.reference('Secret', namespace),
      },
    ];
  });
}
