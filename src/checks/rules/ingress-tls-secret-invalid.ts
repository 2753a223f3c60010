import { type ConfigData, readConfigData } from '../../k8s/config-data.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { rawObjectsOfKind, scalarText } from '../../k8s/raw-objects.ts';
import { certificateNames } from '../../l7/certificate.ts';
import { refTo, valueAt } from '../../source/ref.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import { tlsSecret } from '../example-secrets.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { spec: ['tls: [{hosts: [shop.example.com], secretName: shop-tls}]'] }),
];

export const ingressTlsSecretInvalid: Rule = {
  name: 'ingress-tls-secret-invalid',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A Secret of `tls` lacks its certificate or key, or is of another type.',
  why: 'The controller cannot serve it: clients get another certificate, which they do not trust.',
  fix: 'make it with `kubectl create secret tls`: type kubernetes.io/tls, tls.crt and tls.key in PEM form',
  sources: ['kubernetes/kubernetes:pkg/apis/core/validation/validation.go ValidateSecret'],
  examples: {
    bad: {
      manifests: manifests(
        ...AROUND,
        object('v1', 'Secret', 'shop-tls', ['stringData: {cert.pem: x, key.pem: y}']),
      ),
    },
    good: { manifests: manifests(...AROUND, tlsSecret('shop-tls')) },
  },
  run: (input) => input.snapshot.objects.ofKind('Ingress').flatMap((each) => hitsOf(input, each)),
};

const TLS_TYPE = 'kubernetes.io/tls';

function hitsOf(input: CheckInput, { metadata, body, ...rest }: IngressObject): readonly Hit[] {
  const { namespace } = metadata;
  const { objects } = input.snapshot;
  const subject = subjectOf({ metadata, body, ...rest });
  return body.tls.flatMap(({ secretName, at }): readonly Hit[] => {
    const secret = rawObjectsOfKind(objects, 'Secret').find(
      (each) => each.name === secretName && each.namespace === namespace,
    );
    const data = readConfigData(objects, { kind: 'Secret', namespace, name: secretName });
    if (secret === undefined || data === undefined) return [];
    const type = valueAt(refTo(secret.origin, 'type'));
    const problem = contentProblem(data);
    if (problem === undefined && type === TLS_TYPE) return [];
    const of = subjectOf(secret);
    return [
      {
        subject,
        path: [...at, 'secretName'],
        severity: problem === undefined ? 'warning' : 'error',
        message: `${subjectName(subject)} serves ${subjectName(of)}, which ${problem ?? `is of type ${scalarText(type ?? 'Opaque')}: some controllers take ${TLS_TYPE} alone`}`,
        related: [
          {
            subject: of,
            path: problem === undefined ? ['type'] : ['metadata', 'name'],
            message: 'is the Secret',
          },
        ],
        fact: secretName,
      },
    ];
  });
}

/** A Secret without any data is filled in later (`kubectl apply` of its name and type alone). */
function contentProblem(data: ConfigData): string | undefined {
  if (data.size === 0) return undefined;
  const missing = ['tls.crt', 'tls.key'].filter((key) => !data.has(key));
  if (missing.length > 0) return `has no ${missing.join(' and no ')}`;
  const isCertificate = certificateNames(data.get('tls.crt')?.text ?? '') !== undefined;
  return isCertificate ? undefined : 'holds no certificate in PEM form under tls.crt';
}
