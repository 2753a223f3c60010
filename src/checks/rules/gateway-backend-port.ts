import { portBehind } from '../../l7/backends.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge'),
  service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]'),
];

export const gatewayBackendPort: Rule = {
  name: 'gateway-backend-port',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A backendRef of a route names a port that its Service does not have.',
  why: 'The number is that of `spec.ports[].port`, not the target port. The requests are answered with 500.',
  fix: 'write a port of the Service',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/object_reference_types.go BackendObjectReference.port'],
  examples: {
    bad: { manifests: manifests(...AROUND, routeTo(8080)) },
    good: { manifests: manifests(...AROUND, routeTo(80)) },
  },
  run: (input) => backendRefViews(input).flatMap((view) => hitOf(input, view)),
};

function routeTo(port: number): string {
  return httpRoute('web', { parent: '{name: edge}', backends: `{name: web, port: ${port}}` });
}

function hitOf(input: CheckInput, { subject, ref, namespace, state }: BackendRefView): readonly Hit[] {
  const found = input.service(namespace, ref.name);
  if (state !== 'no-such-port' || found === undefined || ref.port === undefined) return [];
  const { ports } = found.body;
  const listed = ports.map(({ name, port }) => (name === '' ? `${port}` : `${name} (${port})`)).join(', ');
  const target = portBehind(ports, ref.port);
  return [
    {
      subject,
      path: [...ref.path, 'port'],
      message: `${subjectName(subject)} leads to port ${ref.port} of Service ${namespace}/${ref.name}, which has ${listed || 'none'}`,
      related: [
        { subject: subjectOf(found), path: ['spec', 'ports'], message: `has ${listed || 'no port'}` },
      ],
      fact: `${namespace}/${ref.name} ${ref.port}`,
      ...(target === undefined
        ? {}
        : { help: `${ref.port} is the target port of ${target.port}: write ${target.port}` }),
    },
  ];
}
