import type { CheckInput } from '../check-input.ts';
import { backendTlsPolicy, gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { type BackendRefView, backendRefViews, gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge'),
  service('web', 'selector: {app: web}', 'ports: [{name: https, port: 443}]'),
  httpRoute('web', { parent: '{name: edge}', backends: '{name: web, port: 443}' }),
];

export const gatewayTlsBackendPlain: Rule = {
  name: 'gateway-tls-backend-plain',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute'],
  what: 'A backend looks like one of TLS (port 443, or a port called https), and no BackendTLSPolicy is for it.',
  why: 'The gateway speaks plain HTTP to it: "client sent an HTTP request to an HTTPS server".',
  fix: 'add a BackendTLSPolicy for the Service, or name the plain port',
  sources: ['kubernetes-sigs/gateway-api:geps/gep-1897/index.md'],
  examples: {
    bad: { manifests: manifests(...AROUND) },
    good: { manifests: manifests(...AROUND, backendTlsPolicy('web')) },
  },
  run: (input) => backendRefViews(input).flatMap((view) => hitsOf(input, view)),
};

const TLS_PORTS: ReadonlySet<number> = new Set([443, 8443]);

function hitsOf(input: CheckInput, { route, subject, ref, namespace }: BackendRefView): readonly Hit[] {
  if (route.kind !== 'HTTPRoute' && route.kind !== 'GRPCRoute') return [];
  const target = input.service(namespace, ref.name);
  const port = target?.body.ports.find((each) => each.port === ref.port && each.protocol === 'tcp');
  const service = input.snapshot.control.serviceByKey.get(`${namespace}/${ref.name}`);
  if (target === undefined || port === undefined || service === undefined) return [];
  const { name, port: number, targetPort, appProtocol } = port;
  const isTls =
    appProtocol === 'https' ||
    (appProtocol === undefined && /^https(-|$)/.test(name)) ||
    (appProtocol === undefined && TLS_PORTS.has(number) && (name === '' || targetPort === number));
  const isForMesh = route.body.parents.every((parent) => parent.kind === 'Service');
  if (!isTls || isForMesh || /^(http|grpc|h2c)(-|$)/.test(name)) return [];
  if (gatewaysOf(input).resolver.tls.policyFor(service, name) !== undefined) return [];
  const of = subjectOf(target);
  return [
    {
      subject,
      path: ref.path,
      message: `${subjectName(subject)} leads to port ${number} of ${subjectName(of)}, which looks like one of TLS, and no BackendTLSPolicy is for it: it gets plain HTTP`,
      related: [{ subject: of, path: port.path, message: 'is the port' }],
      fact: `${namespace}/${ref.name}:${number}`,
    },
  ];
}
