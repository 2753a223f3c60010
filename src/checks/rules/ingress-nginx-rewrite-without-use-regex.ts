import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxRewriteWithoutUseRegex: Rule = {
  name: 'ingress-nginx-rewrite-without-use-regex',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Paths are regular expressions because of rewrite-target alone.',
  why: 'The annotation makes expressions of all paths of the host, which nobody sees at the paths.',
  fix: 'say so: nginx.ingress.kubernetes.io/use-regex: "true"',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/ingress-path-matching.md'],
  examples: {
    bad: { manifests: manifests(WEB, rewriting({})) },
    good: { manifests: manifests(WEB, rewriting({ 'use-regex': 'true' })) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function rewriting(more: Readonly<Record<string, string>>): string {
  return ingress('shop', 'web', {
    path: '/api(/|$)(.*)',
    pathType: 'ImplementationSpecific',
    nginx: { 'rewrite-target': '/$2', ...more },
  });
}

function hitsOf({ ingress: object, subject, annotations }: NginxIngress): readonly Hit[] {
  if (annotations.rewriteTarget === '' || annotations.useRegex) return [];
  const isMeant = object.body.rules.some(({ paths }) =>
    paths?.some(({ path }) => /[()[\]*+?$\\]/.test(path)),
  );
  if (!isMeant) return [];
  return [
    {
      subject,
      path: annotationPath('rewrite-target'),
      message: `paths of ${subjectName(subject)} are regular expressions because of rewrite-target alone`,
    },
  ];
}
