import { tablesOf } from '../../l7/ingress-tables.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressPathShadowed: Rule = {
  name: 'ingress-path-shadowed',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A path of an Ingress can get no request: another one takes them all.',
  why: 'What the path leads to is never asked.',
  fix: 'take the path away, or the one that wins',
  sources: ['kubernetes/api:networking/v1/types.go HTTPIngressPath'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { path: '/api', nginx: {} }),
        ingress('zoo', 'web', { path: '/api', nginx: {} }),
      ),
    },
    good: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { path: '/api', nginx: {} }),
        ingress('zoo', 'web', { path: '/v2', nginx: {} }),
      ),
    },
  },
  run: hitsOf,
};

const CANARY = 'nginx.ingress.kubernetes.io/canary';

function hitsOf(input: CheckInput): readonly Hit[] {
  return tablesOf(input.snapshot.control).tables.flatMap(({ hosts, routes }) => {
    const served = new Set(hosts.flatMap(({ entries }) => entries.map(({ route }) => route)));
    const isHost = new Set(hosts.flatMap(({ names }) => names));
    return routes.flatMap((route): readonly Hit[] => {
      const { kind, ingress: object, host, path, at } = route;
      if (kind !== 'rule' || served.has(route) || !isHost.has(host)) return [];
      if (object.metadata.annotations.get(CANARY) === 'true') return [];
      const subject = subjectOf(object);
      return [
        {
          subject,
          path: [...at.path.slice(object.origin.path.length), 'path'],
          message: `${path} of ${subjectName(subject)} gets no request: another path of ${host} takes them`,
          fact: `${host} ${path}`,
          cause: { rule: 'ingress-path-conflict', subject },
        },
      ];
    });
  });
}
