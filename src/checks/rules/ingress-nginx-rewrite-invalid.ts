import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { hitOfDiagnostic, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const REWRITE = 'nginx.ingress.kubernetes.io/rewrite-target';

export const ingressNginxRewriteInvalid: Rule = {
  name: 'ingress-nginx-rewrite-invalid',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'The value of rewrite-target is refused, and the controller goes on without it.',
  why: 'Requests arrive with the path that the client sent.',
  fix: 'write a path of letters, digits and -._~/:$',
  sources: ['kubernetes/ingress-nginx:internal/ingress/annotations'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'rewrite-target': '/{x}' } })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'rewrite-target': '/x' } })) },
  },
  run: (input: CheckInput): readonly Hit[] =>
    nginxIngresses(input).flatMap((each) =>
      each.read.findings
        .flatMap((finding) => hitOfDiagnostic(each, finding) ?? [])
        .filter(({ path }) => path.at(-1) === REWRITE),
    ),
};
