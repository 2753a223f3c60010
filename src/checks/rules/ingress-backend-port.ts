import type { ServicePortSpec } from '../../k8s/service-body.ts';
import { portBehind } from '../../l7/backends.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews, portPath } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]');

export const ingressBackendPort: Rule = {
  name: 'ingress-backend-port',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Ingress'],
  what: 'A backend of an Ingress names a port that its Service does not have.',
  why: 'The number is that of `spec.ports[].port`, not the target port; a name fits ports that have one. Controllers answer 503.',
  fix: 'write a port of the Service',
  sources: ['kubernetes/api:networking/v1/types.go ServiceBackendPort'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { port: '{number: 8080}' })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web')) },
  },
  run: (input) => backendViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, view: BackendView): readonly Hit[] {
  const { ingress: object, subject, backend } = view;
  const found = input.service(object.metadata.namespace, backend.service);
  if (found === undefined || found.body.type === 'ExternalName') return [];
  const { ports } = found.body;
  if (ports.some((port) => isNamed(port, backend.port))) return [];
  const target = portBehind(ports, backend.port);
  const listed = ports.map(({ name, port }) => (name === '' ? `${port}` : `${name} (${port})`)).join(', ');
  return [
    {
      subject,
      path: portPath(view),
      message: `${subjectName(subject)} leads to port ${backend.port} of Service ${backend.service}, which has ${listed || 'none'}`,
      related: [
        { subject: subjectOf(found), path: ['spec', 'ports'], message: `has ${listed || 'no port'}` },
      ],
      fact: `${backend.service} ${backend.port}`,
      ...(target === undefined
        ? {}
        : { help: `${backend.port} is the target port of ${target.port}: write ${target.port}` }),
    },
  ];
}

function isNamed({ name, port }: ServicePortSpec, wanted: number | string): boolean {
  return typeof wanted === 'number' ? port === wanted : name !== '' && name === wanted;
}
