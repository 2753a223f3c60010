import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import { rawObjectsOfKind } from '../../k8s/raw-objects.ts';
import { certificateIsIssued } from '../certificates.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import { tlsSecret } from '../example-secrets.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  workload('gateway', { namespace: 'istio-system', labels: 'istio: ingressgateway' }),
  tlsSecret('istio-system/shop-tls'),
];

export const istioGatewayCredential: Rule = {
  name: 'istio-gateway-credential',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: ['IstioGateway'],
  what: 'The Secret of credentialName is not in the namespace of the gateway pods.',
  why: 'A gateway reads Secrets of its own namespace: without the certificate the port is not served.',
  fix: 'correct the name, or make the Secret in the namespace of the gateway pods',
  sources: ['istio/istio.io:content/en/docs/tasks/traffic-management/ingress/secure-ingress/index.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, serving('web-tls')) },
    good: { manifests: manifests(...AROUND, serving('shop-tls')) },
  },
  run: (input) => input.snapshot.objects.ofKind('IstioGateway').flatMap((each) => hitsOf(input, each)),
};

function serving(secret: string): string {
  return istioObject('networking', 'Gateway', 'shop', [
    'selector: {istio: ingressgateway}',
    'servers:',
    '  - port: {number: 443, name: https, protocol: HTTPS}',
    '    hosts: [shop.example.com]',
    `    tls: {mode: SIMPLE, credentialName: ${secret}}`,
  ]);
}

function hitsOf(input: CheckInput, object: IstioGatewayObject): readonly Hit[] {
  const { selector, servers } = object.body;
  if (certificateIsIssued(input, object.metadata) || selector === undefined) return [];
  const namespaces = new Set(
    input.groups.all
      .filter((group) => [...selector].every(([key, value]) => group.labels.get(key) === value))
      .map((group) => group.namespace),
  );
  const secrets = rawObjectsOfKind(input.snapshot.objects, 'Secret');
  const subject = subjectOf(object);
  return servers.flatMap(({ tls, path }) => {
    // `namespace/name` and schemes of other stores are no plain names.
    if (tls === undefined || !/^[a-z0-9][a-z0-9.-]*$/.test(tls.credentialName)) return [];
    return [...namespaces].flatMap((namespace): readonly Hit[] => {
      if (secrets.some((each) => each.name === tls.credentialName && each.namespace === namespace)) return [];
      const elsewhere = secrets.find((each) => each.name === tls.credentialName);
      const words = elsewhere === undefined ? '' : `; namespace ${elsewhere.namespace} has one`;
      return [
        {
          subject,
          path: [...path, 'tls', 'credentialName'],
          message: `${subjectName(subject)} serves Secret ${tls.credentialName}, which namespace ${namespace} of its pods does not have${words}`,
          fact: `${namespace}/${tls.credentialName}`,
          gate: input.gates.reference('Secret', namespace),
        },
      ];
    });
  });
}
