import { nginxInstalls } from '../../cluster/ingress-nginx-install.ts';
import { installsOf } from '../../l7/controller-install.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, hasAnnotation, type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const LABELS = 'app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller';
const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  workload('controller', { namespace: 'ingress-nginx', labels: LABELS }),
  ingress('shop', 'web', { nginx: { 'allowlist-source-range': '198.51.100.0/24' } }),
];

export const ingressNginxAllowlistSource: Rule = {
  name: 'ingress-nginx-allowlist-source',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An allow list of client addresses, while the Service of the controller has externalTrafficPolicy Cluster.',
  why: 'The node puts its own address in the place of the client: nginx compares that with the list, and everybody gets 403.',
  fix: 'set externalTrafficPolicy: Local on the Service of the controller, or use the PROXY protocol',
  sources: ['kubernetes/ingress-nginx:docs/deploy/baremetal.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, door('Cluster')) },
    good: { manifests: manifests(...AROUND, door('Local')) },
  },
  run: hitsOf,
};

function door(policy: string): string {
  return object('v1', 'Service', 'ingress-nginx/controller', [
    'spec:',
    '  type: LoadBalancer',
    `  externalTrafficPolicy: ${policy}`,
    `  selector: {${LABELS}}`,
    '  ports: [{port: 80}]',
  ]);
}

/** A proxy before the controller may tell who the client is: in a header that is trusted, or before each connection. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const { control, profile, objects } = input.snapshot;
  const found = installsOf(control).get('ingress-nginx')?.service;
  if (found === undefined || found.body.type === 'ClusterIP' || found.origin === undefined) return [];
  if (found.body.externalTrafficPolicy === 'Local' || profile.ingressController.useForwardedHeaders)
    return [];
  const config = nginxInstalls(objects)[0]?.config;
  const isTold = ['use-proxy-protocol', 'enable-real-ip'].some(
    (key) => config?.get(key)?.text.trim() === 'true',
  );
  if (isTold) return [];
  const { namespace, name, origin } = found;
  const of = { kind: 'Service', namespace, name, origin };
  return nginxIngresses(input).flatMap((each): readonly Hit[] => {
    const key = listKey(each);
    if (key === undefined) return [];
    const { subject } = each;
    return [
      {
        subject,
        path: annotationPath(key),
        message: `${subjectName(subject)} admits clients by address, but ${subjectName(of)} hides them behind the addresses of nodes (externalTrafficPolicy Cluster)`,
        related: [{ subject: of, path: ['spec', 'type'], message: 'is how clients come in' }],
      },
    ];
  });
}

function listKey({ ingress: object, annotations }: NginxIngress): string | undefined {
  if (annotations.allow === undefined || annotations.canary !== undefined) return undefined;
  return ['allowlist-source-range', 'whitelist-source-range'].find((key) => hasAnnotation(object, key));
}
