import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxRewriteNoGroups: Rule = {
  name: 'ingress-nginx-rewrite-no-groups',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A rewrite-target takes over a group that the path does not have.',
  why: 'The group is empty: requests arrive with a path that lacks the part.',
  fix: 'write a group into the path: `/api(/|$)(.*)` for `/$2`',
  sources: ['kubernetes/ingress-nginx:docs/examples/rewrite/README.md'],
  examples: {
    bad: { manifests: manifests(WEB, rewriting('/api')) },
    good: { manifests: manifests(WEB, rewriting('/api(/|$)(.*)')) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function rewriting(path: string): string {
  return ingress('shop', 'web', {
    path,
    pathType: 'ImplementationSpecific',
    nginx: { 'rewrite-target': '/$2' },
  });
}

function hitsOf({ ingress: object, subject, annotations: { rewriteTarget } }: NginxIngress): readonly Hit[] {
  const highest = Math.max(0, ...[...rewriteTarget.matchAll(/\$(\d)/g)].map(([, group]) => Number(group)));
  if (highest === 0) return [];
  return object.body.rules.flatMap(({ paths }) =>
    (paths ?? []).flatMap(({ path, at }): readonly Hit[] =>
      groupsIn(path) >= highest
        ? []
        : [
            {
              subject,
              path: [...at, 'path'],
              message: `${path} of ${subjectName(subject)} has ${groupsIn(path)} groups, and rewrite-target ${rewriteTarget} takes over $${highest}`,
              related: [{ subject, path: annotationPath('rewrite-target'), message: `is ${rewriteTarget}` }],
              fact: path,
            },
          ],
    ),
  );
}

/** Groups that are counted: `(?:` is not. */
function groupsIn(path: string): number {
  return path.match(/(?<!\\)\((?!\?)/g)?.length ?? 0;
}
