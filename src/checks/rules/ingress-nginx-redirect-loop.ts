import { installsOf } from '../../l7/controller-install.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

/** Annotations by which a load balancer ends TLS itself: those of AWS and of DigitalOcean. */
const ENDING_TLS = [
  'service.beta.kubernetes.io/aws-load-balancer-ssl-cert',
  'service.beta.kubernetes.io/do-loadbalancer-certificate-id',
];
const [AWS] = ENDING_TLS;
const LABELS = 'app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  workload('controller', {
    namespace: 'ingress-nginx',
    labels: LABELS,
    ports: '[{name: http, containerPort: 80}]',
  }),
  object('v1', 'Service', 'ingress-nginx/controller', [
    `spec: {type: LoadBalancer, selector: {${LABELS}}, ports: [{name: https, port: 443, targetPort: http}]}`,
  ]).replace('{name: controller', `{name: controller, annotations: {${AWS}: "arn:aws:acm:…"}`),
];

export const ingressNginxRedirectLoop: Rule = {
  name: 'ingress-nginx-redirect-loop',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The load balancer before ingress-nginx ends TLS, and the controller redirects http to https.',
  why: 'What arrives is always http: the client is sent to the URL that it asked for, until it gives up.',
  fix: 'set use-forwarded-headers: "true" in the ConfigMap of the controller, or ssl-redirect: "false" on the Ingress',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/tls.md'],
  examples: {
    bad: {
      manifests: manifests(...AROUND, ingress('shop', 'web', { nginx: { 'force-ssl-redirect': 'true' } })),
    },
    good: { manifests: manifests(...AROUND, ingress('shop', 'web', { nginx: {} })) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  const { control, profile } = input.snapshot;
  const door = installsOf(control).get('ingress-nginx')?.service;
  const ending = ENDING_TLS.find((key) => door?.annotations.has(key));
  // Only what reaches the port of plain http: some balancers open TLS again.
  const isPlain = door?.body.ports.some(({ port, targetPort }) => port === 443 && isHttpPort(targetPort));
  if (door === undefined || ending === undefined || !isPlain) return [];
  if (profile.ingressController.useForwardedHeaders) return [];
  const { namespace, name, origin } = door;
  const subjectOfDoor = { kind: 'Service', namespace, name, ...(origin === undefined ? {} : { origin }) };
  return nginxIngresses(input).flatMap(({ ingress: { body }, subject, annotations }): readonly Hit[] => {
    const redirects = annotations.forceSslRedirect || (annotations.sslRedirect && body.tls.length > 0);
    if (!redirects || annotations.canary !== undefined) return [];
    return [
      {
        subject,
        path: annotations.forceSslRedirect ? ['metadata', 'annotations'] : ['spec', 'tls'],
        message: `${subjectName(subject)} redirects http to https, and all that arrives is http: ${subjectName(subjectOfDoor)} ends TLS at the load balancer`,
        related: [
          { subject: subjectOfDoor, path: ['metadata', 'annotations', ending], message: 'ends TLS there' },
        ],
      },
    ];
  });
}

function isHttpPort(targetPort: number | string): boolean {
  return targetPort === 'http' || targetPort === 80;
}
