import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { hitOfDiagnostic, nginxIngresses, nginxTable } from '../nginx.ts';
import type { Rule } from '../rule.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxDuplicateLocation: Rule = {
  name: 'ingress-nginx-duplicate-location',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Two paths become one and the same location of nginx.',
  why: 'The whole configuration is refused, and nginx keeps the one it has: no change of any Ingress is taken any more.',
  fix: 'take one of the paths away',
  sources: ['kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { path: '/api', nginx: {} }),
        ingress('other', 'web', { path: '/api/', nginx: {} }),
      ),
    },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { path: '/api', nginx: {} })) },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  return (nginxTable(input)?.refusals ?? []).flatMap((refusal) => {
    const hits = nginxIngresses(input).flatMap((each) => hitOfDiagnostic(each, refusal) ?? []);
    return hits.slice(0, 1);
  });
}
