import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { mainsOf, nginxIngresses, pathsOf } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  service('new', 'selector: {app: new}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { nginx: {} }),
];

export const ingressNginxCanaryPathType: Rule = {
  name: 'ingress-nginx-canary-path-type',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A canary has the host and path of its main Ingress, and another path type.',
  why: 'Exact and the other types are different locations: the canary belongs to none, and gets no request.',
  fix: 'write the path type of the main Ingress',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go mergeAlternativeBackends'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary('Exact')) },
    good: { manifests: manifests(...AROUND, canary('Prefix')) },
  },
  run: hitsOf,
};

function canary(pathType: string): string {
  return ingress('canary', 'new', { pathType, nginx: { canary: 'true', 'canary-weight': '10' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return nginxIngresses(input)
    .filter(({ annotations }) => annotations.canary !== undefined)
    .flatMap((each) =>
      pathsOf(each).flatMap(({ key, path }): readonly Hit[] => {
        const mains = mainsOf(input).get(key) ?? [];
        const isExact = path.pathType === 'Exact';
        const [first] = mains;
        if (first === undefined || mains.some((main) => (main.path.pathType === 'Exact') === isExact))
          return [];
        return [
          {
            subject: each.subject,
            path: [...path.at, 'pathType'],
            message: `${subjectName(each.subject)} is a canary of ${key} with type ${path.pathType}, and ${subjectName(first.owner.subject)} has ${first.path.pathType}`,
            related: [
              { subject: first.owner.subject, path: [...first.path.at, 'pathType'], message: 'is the main' },
            ],
            fact: key,
          },
        ];
      }),
    );
}
