import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, object, service } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews } from '../gateways.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge'),
  service('shop/web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  httpRoute('web', { parent: '{name: edge}', backends: '{name: web, namespace: shop, port: 80}' }),
];
const GRANT = object('gateway.networking.k8s.io/v1', 'ReferenceGrant', 'shop/routes', [
  'spec:',
  '  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]',
  '  to: [{group: "", kind: Service}]',
]);

export const gatewayReferenceNotGranted: Rule = {
  name: 'gateway-reference-not-granted',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A route names a backend of another namespace, and no ReferenceGrant there admits it.',
  why: 'The share of requests that belongs to this backend is answered with 500.',
  fix: 'make a ReferenceGrant in the namespace of the backend',
  sources: ['kubernetes-sigs/gateway-api:apis/v1beta1/referencegrant_types.go'],
  examples: {
    bad: { manifests: manifests(...AROUND) },
    good: { manifests: manifests(...AROUND, GRANT) },
  },
  run: (input) => backendRefViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, { route, subject, ref, namespace, state }: BackendRefView): readonly Hit[] {
  if (state !== 'not-permitted') return [];
  return [
    {
      subject,
      path: [...ref.path, 'namespace'],
      message: `${subjectName(subject)} leads to ${ref.kind} ${namespace}/${ref.name}, and no ReferenceGrant of namespace ${namespace} admits that`,
      related: nearGrants(input, namespace),
      fact: `${namespace}/${ref.name}`,
      help: `make a ReferenceGrant in ${namespace}: from {group: gateway.networking.k8s.io, kind: ${route.kind}, namespace: ${route.metadata.namespace}} to {group: "${ref.group}", kind: ${ref.kind}}`,
    },
  ];
}

function nearGrants({ snapshot }: CheckInput, namespace: string): readonly Evidence[] {
  return snapshot.objects
    .ofKind('ReferenceGrant')
    .filter(({ metadata }) => metadata.namespace === namespace)
    .slice(0, 2)
    .map((grant) => ({
      subject: subjectOf(grant),
      path: ['spec', 'from'],
      message: 'admits others',
      role: 'closest',
    }));
}
