import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { ownerOfIngress } from '../ingresses.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressPathType: Rule = {
  name: 'ingress-path-type',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An Exact or Prefix path looks like a regular expression.',
  why: 'Paths of these types are compared as they are: no request has the characters. ingress-nginx takes them for expressions only with use-regex or rewrite-target, whatever the type.',
  fix: 'write pathType: ImplementationSpecific, and nginx.ingress.kubernetes.io/use-regex: "true"',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/ingress-path-matching.md'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { path: '/api(/|$)(.*)' })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { path: '/api' })) },
  },
  run: (input) => input.snapshot.objects.ofKind('Ingress').flatMap((each) => hitsOf(input, each)),
};

const REGEX = /[()[\]{}|*+?^$\\]/;
const REGEX_ANNOTATIONS = [
  'nginx.ingress.kubernetes.io/use-regex',
  'nginx.ingress.kubernetes.io/rewrite-target',
];

function hitsOf(input: CheckInput, object: IngressObject): readonly Hit[] {
  const { annotations } = object.metadata;
  const isNginx = ownerOfIngress(input)(object).controller === 'ingress-nginx';
  if (isNginx && REGEX_ANNOTATIONS.some((key) => annotations.has(key))) return [];
  const subject = subjectOf(object);
  return object.body.rules.flatMap(({ paths }) =>
    (paths ?? []).flatMap(({ path, pathType, at }): readonly Hit[] =>
      pathType === 'ImplementationSpecific' || !REGEX.test(path)
        ? []
        : [
            {
              subject,
              path: [...at, 'path'],
              message: `${subjectName(subject)} has ${path} as a path of type ${pathType}, which is compared as it is`,
              fact: path,
            },
          ],
    ),
  );
}
