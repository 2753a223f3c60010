import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const BACKEND = 'defaultBackend: {service: {name: web, port: {number: 80}}}';

export const ingressDefaultBackendMisread: Rule = {
  name: 'ingress-default-backend-misread',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An Ingress of ingress-nginx has a default backend beside rules.',
  why: 'There it is the backend of the paths that its own hosts lack, and no catch-all: requests for other hosts get 404.',
  fix: 'put the default backend into an Ingress without rules',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go createServers'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {}, spec: [BACKEND] })) },
    good: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { nginx: {} }),
        object('networking.k8s.io/v1', 'Ingress', 'other', [`spec: {ingressClassName: nginx, ${BACKEND}}`]),
      ),
    },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function hitsOf({ ingress: { body }, subject }: NginxIngress): readonly Hit[] {
  const hosts = [...new Set(body.rules.map(({ host }) => host))];
  if (body.defaultBackend === undefined || hosts.length === 0 || hosts.includes('')) return [];
  return [
    {
      subject,
      path: ['spec', 'defaultBackend'],
      message: `the default backend of ${subjectName(subject)} is that of ${hosts.join(', ')} alone: ingress-nginx makes a catch-all of one without rules only`,
      fact: hosts.toSorted().join(' '),
    },
  ];
}
