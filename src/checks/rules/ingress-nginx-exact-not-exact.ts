import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { nginxTable } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxExactNotExact: Rule = {
  name: 'ingress-nginx-exact-not-exact',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A path of type Exact stands on a host whose paths are regular expressions.',
  why: 'The path is compared from the start on and in any case: it also takes what only begins with it.',
  fix: 'write the end into the path (ImplementationSpecific, `/path$`), or take the annotation off the host',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/ingress-path-matching.md'],
  examples: {
    bad: { manifests: manifests(WEB, exact({ 'use-regex': 'true' })) },
    good: { manifests: manifests(WEB, exact({})) },
  },
  run: hitsOf,
};

function exact(nginx: Readonly<Record<string, string>>): string {
  return ingress('shop', 'web', { path: '/login', pathType: 'Exact', nginx });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return (nginxTable(input)?.hosts ?? []).flatMap(({ mode, entries }) =>
    entries.flatMap(({ route }): readonly Hit[] => {
      if (mode === undefined || route?.pathType !== 'Exact') return [];
      const subject = subjectOf(route.ingress);
      return [
        {
          subject,
          path: [...route.at.path.slice(route.ingress.origin.path.length), 'path'],
          message: `${route.path} of ${subjectName(subject)} is not exact: paths of ${route.host} are regular expressions`,
          fact: `${route.host} ${route.path}`,
        },
      ];
    }),
  );
}
