import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { nginxTable, routeEvidence } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxRegexHost: Rule = {
  name: 'ingress-nginx-regex-host',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An annotation of one Ingress makes regular expressions of all paths of a host, also of those of other Ingresses.',
  why: 'Every path of the host is then compared in any case and from the start on: /api also takes /API and /apiary.',
  fix: 'give the Ingress that needs expressions a host of its own, or write the other paths so that they may be expressions',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/ingress-path-matching.md'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {} }), api({ 'use-regex': 'true' })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {} }), api({})) },
  },
  run: hitsOf,
};

function api(nginx: Readonly<Record<string, string>>): string {
  return ingress('api', 'web', { path: '/api', pathType: 'ImplementationSpecific', nginx });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return (nginxTable(input)?.hosts ?? []).flatMap(({ names, mode, entries }): readonly Hit[] => {
    const asking = entries.find(({ route }) => route?.ingress.origin.document === mode?.at.document)?.route;
    const others = entries.flatMap(({ route }) =>
      route === undefined || route.ingress === asking?.ingress ? [] : [route],
    );
    const [other] = others;
    if (mode === undefined || asking === undefined || other === undefined) return [];
    const subject = subjectOf(asking.ingress);
    return [
      {
        subject,
        path: mode.at.path.slice(asking.ingress.origin.path.length),
        message: `${subjectName(subject)} makes regular expressions of all paths of ${names[0]}, also of ${others.length} of other Ingresses`,
        related: others.slice(0, 3).map((route) => routeEvidence(route, `${route.path} is one of them`)),
        fact: names[0] ?? '',
      },
    ];
  });
}
