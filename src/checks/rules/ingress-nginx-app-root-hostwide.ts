import { groupByEach } from '../../collections/grouping.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxAppRootHostwide: Rule = {
  name: 'ingress-nginx-app-root-hostwide',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An Ingress has app-root, and others have paths of the same host.',
  why: 'The root of the host is redirected, whoever has a path there.',
  fix: 'put app-root on the Ingress that has the path /, or give it a host of its own',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('root', 'web', { nginx: {} }), api('shop.example.com')) },
    good: { manifests: manifests(WEB, ingress('root', 'web', { nginx: {} }), api('api.example.com')) },
  },
  run: hitsOf,
};

function api(host: string): string {
  return ingress('api', 'web', { host, path: '/api', nginx: { 'app-root': '/api/docs' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const all = nginxIngresses(input);
  const byHost = groupByEach(all, ({ ingress }) => ingress.body.rules.map(({ host }) => host));
  return all.flatMap((each): readonly Hit[] => {
    if (each.annotations.appRoot === '') return [];
    const shared = each.ingress.body.rules.find(({ host }) =>
      byHost.get(host)?.some((other) => other !== each),
    );
    const other = byHost.get(shared?.host ?? '')?.find((candidate) => candidate !== each);
    if (shared === undefined || other === undefined) return [];
    return [
      {
        subject: each.subject,
        path: annotationPath('app-root'),
        message: `app-root of ${subjectName(each.subject)} redirects the root of ${shared.host || 'every host'}, where ${subjectName(other.subject)} has paths too`,
        related: [{ subject: other.subject, path: ['spec', 'rules'], message: 'has the same host' }],
        fact: shared.host,
      },
    ];
  });
}
