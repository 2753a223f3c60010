import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, mainsOf, nginxIngresses, pathsOf } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxCanaryWithoutMain: Rule = {
  name: 'ingress-nginx-canary-without-main',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A canary Ingress has a host and path that no other Ingress has.',
  why: 'A canary only takes requests over from another backend of the same path: alone it gets none.',
  fix: 'make the main Ingress, with the same host, path and path type',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(WEB, canary()) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {} }), canary()) },
  },
  run: hitsOf,
};

function canary(): string {
  return ingress('canary', 'web', { nginx: { canary: 'true', 'canary-weight': '10' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return nginxIngresses(input).flatMap((each): readonly Hit[] => {
    if (each.annotations.canary === undefined) return [];
    const lost = pathsOf(each).find(({ key }) => !mainsOf(input).has(key));
    if (lost === undefined) return [];
    const { subject } = each;
    return [
      {
        subject,
        path: annotationPath('canary'),
        message: `${subjectName(subject)} is a canary of ${lost.key}, which no other Ingress has`,
        fact: lost.key,
      },
    ];
  });
}
