import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type BackendView, backendViews, portPath } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const ingressPortNotTcp: Rule = {
  name: 'ingress-port-not-tcp',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A backend of an Ingress is a port of another protocol than TCP.',
  why: 'Controllers speak HTTP over TCP: there is no such endpoint for them, and they answer 503.',
  fix: 'lead to a TCP port of the Service',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/endpointslices.go'],
  examples: {
    bad: { manifests: manifests(web('UDP'), ingress('shop', 'web')) },
    good: { manifests: manifests(web('TCP'), ingress('shop', 'web')) },
  },
  run: (input) => backendViews(input).flatMap((view) => hitOf(input, view)),
};

function web(protocol: string): string {
  return service('web', 'selector: {app: web}', `ports: [{port: 80, protocol: ${protocol}}]`);
}

function hitOf(input: CheckInput, view: BackendView): readonly Hit[] {
  const { ingress: object, subject, backend } = view;
  const found = input.service(object.metadata.namespace, backend.service);
  const ports =
    found?.body.ports.filter(({ port, name }) => port === backend.port || name === backend.port) ?? [];
  const [port] = ports;
  if (found === undefined || port === undefined || ports.some(({ protocol }) => protocol === 'tcp'))
    return [];
  return [
    {
      subject,
      path: portPath(view),
      message: `${subjectName(subject)} leads to ${port.protocol.toUpperCase()} port ${port.port} of Service ${backend.service}`,
      related: [{ subject: subjectOf(found), path: port.path, message: `is ${port.protocol.toUpperCase()}` }],
      fact: `${backend.service} ${port.port}`,
    },
  ];
}
