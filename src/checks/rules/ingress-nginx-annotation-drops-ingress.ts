import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { hitOfDiagnostic, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxAnnotationDropsIngress: Rule = {
  name: 'ingress-nginx-annotation-drops-ingress',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A value of an annotation makes ingress-nginx leave the whole Ingress out.',
  why: 'None of its hosts and paths is served.',
  fix: 'correct the value',
  sources: ['kubernetes/ingress-nginx:internal/ingress/annotations'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { nginx: { 'permanent-redirect': 'ftp://example.com' } }),
      ),
    },
    good: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { nginx: { 'permanent-redirect': 'https://example.com' } }),
      ),
    },
  },
  run: (input: CheckInput): readonly Hit[] =>
    nginxIngresses(input).flatMap((each) =>
      each.read.dropped === undefined ? [] : (hitOfDiagnostic(each, each.read.dropped) ?? []),
    ),
};
