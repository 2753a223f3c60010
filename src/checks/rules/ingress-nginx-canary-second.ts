import { byAge } from '../../l7/gateway-api/age.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, type NginxIngress, nginxIngresses, pathsOf } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  service('new', 'selector: {app: new}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { nginx: {} }),
];

export const ingressNginxCanarySecond: Rule = {
  name: 'ingress-nginx-canary-second',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Two canaries have the same host and path.',
  why: 'Only one canary of a path counts, the older one: the other gets no request.',
  fix: 'take one of them away',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary('a'), canary('b')) },
    good: { manifests: manifests(...AROUND, canary('a')) },
  },
  run: hitsOf,
};

function canary(name: string): string {
  return ingress(name, 'new', { nginx: { canary: 'true', 'canary-weight': '10' } });
}

/** Of equal ages the later by name is told. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const first = new Map<string, NginxIngress>();
  return nginxIngresses(input)
    .filter(({ annotations }) => annotations.canary !== undefined)
    .toSorted((a, b) => byAge(a.ingress, b.ingress))
    .flatMap((each): readonly Hit[] => {
      const keys = pathsOf(each).map(({ key }) => key);
      const lost = keys.find((key) => first.has(key));
      for (const key of keys) if (!first.has(key)) first.set(key, each);
      const other = lost === undefined ? undefined : first.get(lost);
      if (other === undefined || other === each) return [];
      return [
        {
          subject: each.subject,
          path: annotationPath('canary'),
          message: `${subjectName(each.subject)} and ${subjectName(other.subject)} are both canaries of ${lost}: one of them gets no request`,
          related: [{ subject: other.subject, path: annotationPath('canary'), message: 'is the other' }],
          fact: `${lost} ${subjectName(other.subject)}`,
        },
      ];
    });
}
