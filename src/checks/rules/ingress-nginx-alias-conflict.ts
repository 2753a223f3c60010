import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { annotationPath, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxAliasConflict: Rule = {
  name: 'ingress-nginx-alias-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A server-alias is the host of another rule.',
  why: 'The alias is left out: requests for it go to the rule that has the host.',
  fix: 'take the alias away',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go'],
  examples: {
    bad: {
      manifests: manifests(WEB, ingress('www', 'web', { host: 'www.example.com', nginx: {} }), aliased()),
    },
    good: { manifests: manifests(WEB, aliased()) },
  },
  run: hitsOf,
};

function aliased(): string {
  return ingress('shop', 'web', { nginx: { 'server-alias': 'www.example.com' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const all = nginxIngresses(input);
  const owners = new Map(
    all.flatMap((each) => each.ingress.body.rules.map(({ host }) => [host, each] as const)),
  );
  return all.flatMap(({ subject, annotations }) =>
    annotations.aliases.flatMap((alias): readonly Hit[] => {
      const owner = owners.get(alias);
      if (owner === undefined) return [];
      return [
        {
          subject,
          path: annotationPath('server-alias'),
          message: `${subjectName(subject)} has the alias ${alias}, which is a host of ${subjectName(owner.subject)}`,
          related: [{ subject: owner.subject, path: ['spec', 'rules'], message: 'has the host' }],
          fact: alias,
        },
      ];
    }),
  );
}
