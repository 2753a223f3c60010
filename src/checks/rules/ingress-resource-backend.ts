import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressResourceBackend: Rule = {
  name: 'ingress-resource-backend',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A backend of an Ingress is a resource rather than a Service.',
  why: 'Few controllers know such backends: ingress-nginx, Traefik and the AWS controller leave the path out.',
  fix: 'name a Service, or see that the controller of the class knows the kind',
  sources: ['kubernetes/api:networking/v1/types.go IngressBackend.Resource'],
  examples: {
    bad: {
      manifests: object('networking.k8s.io/v1', 'Ingress', 'files', [
        'spec: {defaultBackend: {resource: {apiGroup: k8s.example.com, kind: StorageBucket, name: files}}}',
      ]),
    },
    good: { manifests: manifests(WEB, ingress('files', 'web')) },
  },
  run: hitsOf,
};

function hitsOf({ snapshot }: CheckInput): readonly Hit[] {
  return snapshot.objects.ofKind('Ingress').flatMap((each) => {
    const { rules, defaultBackend } = each.body;
    const own = rules.flatMap(({ paths }) => (paths ?? []).map(({ backend }) => backend));
    const subject = subjectOf(each);
    return [...own, ...(defaultBackend === undefined ? [] : [defaultBackend])].flatMap(
      (backend): readonly Hit[] =>
        backend.kind === 'resource'
          ? [
              {
                subject,
                path: backend.path,
                message: `${subjectName(subject)} leads to a resource that is no Service, which most controllers leave out`,
                fact: backend.path.join('.'),
              },
            ]
          : [],
    );
  });
}
