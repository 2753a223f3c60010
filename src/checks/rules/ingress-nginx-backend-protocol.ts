import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { hasAnnotation, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SECURE = service('web', 'selector: {app: web}', 'ports: [{name: https, port: 443}]');

export const ingressNginxBackendProtocol: Rule = {
  name: 'ingress-nginx-backend-protocol',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A backend port looks like HTTPS, and backend-protocol does not say so.',
  why: 'The controller speaks HTTP with backends: a TLS server answers 400.',
  fix: 'add nginx.ingress.kubernetes.io/backend-protocol: HTTPS',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(SECURE, shop({})) },
    good: { manifests: manifests(SECURE, shop({ 'backend-protocol': 'HTTPS' })) },
  },
  run: hitsOf,
};

function shop(nginx: Readonly<Record<string, string>>): string {
  return ingress('shop', 'web', { port: '{number: 443}', nginx });
}

const SECURE_PORTS: ReadonlySet<number> = new Set([443, 8443]);

function hitsOf(input: CheckInput): readonly Hit[] {
  return nginxIngresses(input).flatMap(({ ingress: object, subject }) => {
    if (hasAnnotation(object, 'backend-protocol') || hasAnnotation(object, 'ssl-passthrough')) return [];
    return object.body.rules.flatMap(({ paths }) =>
      (paths ?? []).flatMap(({ backend }): readonly Hit[] => {
        if (backend.kind !== 'service') return [];
        const found = input.service(object.metadata.namespace, backend.service);
        const port = found?.body.ports.find(
          (each) => each.port === backend.port || each.name === backend.port,
        );
        if (found === undefined || port === undefined) return [];
        if (port.name !== 'https' && !SECURE_PORTS.has(port.port)) return [];
        return [
          {
            subject,
            path: [...backend.path, 'port'],
            message: `${subjectName(subject)} speaks HTTP with port ${port.port} of Service ${backend.service}, which looks like HTTPS`,
            related: [{ subject: subjectOf(found), path: port.path, message: `${port.name || port.port}` }],
            fact: `${backend.service} ${port.port}`,
          },
        ];
      }),
    );
  });
}
