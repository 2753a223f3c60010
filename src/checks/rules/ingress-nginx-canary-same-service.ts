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

export const ingressNginxCanarySameService: Rule = {
  name: 'ingress-nginx-canary-same-service',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A canary leads to the same port of the same Service as its main Ingress.',
  why: 'There is nothing to choose from; and where the canary is the older of the two, the main path gets no location at all.',
  fix: 'lead the canary to a Service of its own',
  sources: ['kubernetes/ingress-nginx:internal/ingress/controller/controller.go createUpstreams'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary('web')) },
    good: { manifests: manifests(...AROUND, canary('new')) },
  },
  run: hitsOf,
};

function canary(to: string): string {
  return ingress('canary', to, { nginx: { canary: 'true', 'canary-weight': '10' } });
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return nginxIngresses(input)
    .filter(({ annotations }) => annotations.canary !== undefined)
    .flatMap((each) =>
      pathsOf(each).flatMap(({ key, path }): readonly Hit[] => {
        const { backend } = path;
        const main = mainsOf(input)
          .get(key)
          ?.find(
            (other) =>
              backend.kind === 'service' &&
              other.path.backend.kind === 'service' &&
              other.owner.ingress.metadata.namespace === each.ingress.metadata.namespace &&
              other.path.backend.service === backend.service &&
              other.path.backend.port === backend.port,
          );
        if (main === undefined) return [];
        return [
          {
            subject: each.subject,
            path: backend.path,
            message: `${subjectName(each.subject)} is a canary of ${key} and leads where ${subjectName(main.owner.subject)} does`,
            related: [
              { subject: main.owner.subject, path: main.path.backend.path, message: 'leads there too' },
            ],
            fact: key,
          },
        ];
      }),
    );
}
