import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxRewriteLosesPath: Rule = {
  name: 'ingress-nginx-rewrite-loses-path',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A rewrite-target takes no part of the path over.',
  why: 'Every request below the path arrives with one and the same path: pages, scripts and images alike.',
  fix: 'write `path: /api(/|$)(.*)`, pathType ImplementationSpecific and rewrite-target `/$2`',
  sources: ['kubernetes/ingress-nginx:docs/examples/rewrite/README.md'],
  examples: {
    bad: { manifests: manifests(WEB, rewriting('/api', '/')) },
    good: { manifests: manifests(WEB, rewriting('/api(/|$)(.*)', '/$2')) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function rewriting(path: string, target: string): string {
  const nginx = { 'rewrite-target': target };
  return ingress('shop', 'web', {
    path,
    pathType: path.includes('(') ? 'ImplementationSpecific' : 'Prefix',
    nginx,
  });
}

function hitsOf({ ingress: object, subject, annotations: { rewriteTarget } }: NginxIngress): readonly Hit[] {
  if (rewriteTarget === '' || /\$\d/.test(rewriteTarget)) return [];
  const lost = object.body.rules
    .flatMap(({ paths }) => paths ?? [])
    .filter(({ path, pathType }) => pathType !== 'Exact' && !path.endsWith('$') && path !== rewriteTarget);
  const [first] = lost;
  if (first === undefined) return [];
  const base = first.path.replace(/\/$/, '');
  return [
    {
      subject,
      path: annotationPath('rewrite-target'),
      message: `${subjectName(subject)} makes ${rewriteTarget} of everything below ${first.path}: ${base}/x arrives as ${rewriteTarget}`,
      related: [{ subject, path: [...first.at, 'path'], message: 'such a path' }],
      fact: rewriteTarget,
    },
  ];
}
