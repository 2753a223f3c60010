import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];

export const gatewayBackendMissing: Rule = {
  name: 'gateway-backend-missing',
  severity: 'error',
  precision: 'closed-world',
  tier: 1,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A backendRef of a route names a Service that is not there.',
  why: 'The share of requests that belongs to this backend is answered with 500.',
  fix: 'correct the name, or the namespace (default: that of the route)',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteRule.backendRefs'],
  examples: {
    bad: { manifests: manifests(...AROUND, routeTo('webb')) },
    good: { manifests: manifests(...AROUND, routeTo('web')) },
  },
  run: (input) => backendRefViews(input).flatMap((view) => hitOf(input, view)),
};

function routeTo(name: string): string {
  return httpRoute('web', { parent: '{name: edge}', backends: `{name: ${name}, port: 80}` });
}

function hitOf(input: CheckInput, { subject, ref, namespace, state }: BackendRefView): readonly Hit[] {
  if (state !== 'no-such-service' || input.hasService(namespace, ref.name)) return [];
  const services = input.snapshot.objects.ofKind('Service');
  const own = services.filter(({ metadata }) => metadata.namespace === namespace);
  const [near] = nearest(
    ref.name,
    own.map(({ metadata }) => metadata.name),
    1,
  );
  const meant =
    own.find(({ metadata }) => metadata.name === near) ??
    services.find(({ metadata }) => metadata.name === ref.name);
  const words = meant === undefined ? '' : `; there is ${subjectName(subjectOf(meant))}`;
  return [
    {
      subject,
      path: [...ref.path, 'name'],
      message: `${subjectName(subject)} leads to ${ref.kind} ${namespace}/${ref.name}, which is not there${words}`,
      related:
        meant === undefined
          ? []
          : [
              {
                subject: subjectOf(meant),
                path: ['metadata', 'name'],
                message: 'is a Service',
                role: 'closest',
              },
            ],
      fact: `${namespace}/${ref.name}`,
      gate: input.gates.reference('Service', namespace),
    },
  ];
}
