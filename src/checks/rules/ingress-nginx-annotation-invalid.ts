import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { hitOfDiagnostic, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target';

export const ingressNginxAnnotationInvalid: Rule = {
  name: 'ingress-nginx-annotation-invalid',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The value of an annotation is refused, and the controller goes on without it.',
  why: 'What the annotation was meant for does not happen.',
  fix: 'correct the value',
  sources: ['kubernetes/ingress-nginx:internal/ingress/annotations'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'use-regex': 'yes' } })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'use-regex': 'true' } })) },
  },
  run: (input: CheckInput): readonly Hit[] =>
    nginxIngresses(input).flatMap((each) =>
      each.read.findings
        .filter(({ code }) => code === 'ingress-annotation')
        .flatMap((finding) => hitOfDiagnostic(each, finding) ?? [])
        .filter(({ path }) => path.at(-1) !== REWRITE),
    ),
};
