import { GATEWAY_GROUP } from '../../k8s/gateway-parts/references.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];

export const gatewayKind: Rule = {
  name: 'gateway-kind',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A backendRef of a route is of a kind that is no backend.',
  why: 'The share of requests that belongs to it is answered with 500, unless the implementation knows the kind.',
  fix: 'name a Service, or a kind that the implementation documents',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/shared_types.go RouteReasonInvalidKind'],
  examples: {
    bad: { manifests: manifests(...AROUND, to('{kind: ConfigMap, name: web}')) },
    good: { manifests: manifests(...AROUND, to('{name: web, port: 80}')) },
  },
  run: (input) => backendRefViews(input).flatMap(hitOf),
};

function to(backend: string): string {
  return httpRoute('web', { parent: '{name: edge}', backends: backend });
}

function hitOf({ subject, ref, state }: BackendRefView): readonly Hit[] {
  if (state !== 'invalid-kind') return [];
  const leads = `${subjectName(subject)} leads to ${ref.kind} ${ref.name}`;
  const hit = { subject, path: ref.path, fact: `${ref.group}/${ref.kind} ${ref.name}` };
  // A kind of its own is what an implementation may support; those of Kubernetes and of the API are known.
  return ref.group === '' || ref.group === GATEWAY_GROUP
    ? [{ ...hit, message: `${leads}, which is no backend` }]
    : [
        {
          ...hit,
          message: `${leads}, a backend only where the implementation knows ${ref.group}`,
          severity: 'warning',
        },
      ];
}
