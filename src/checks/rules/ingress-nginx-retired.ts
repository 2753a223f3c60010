import { compareText } from '../../collections/order.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxRetired: Rule = {
  name: 'ingress-nginx-retired',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'Ingresses are served by ingress-nginx, which is out of support since March 2026.',
  why: 'It gets no mends any more, not even for security.',
  fix: 'move to the Gateway API; `k8snet diff --routes OLD NEW` shows which requests would go elsewhere',
  sources: ['https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/'],
  examples: {
    bad: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: {} })) },
    good: { manifests: manifests(WEB, ingress('shop', 'web')) },
  },
  run: hitsOf,
};

/** Once for the input: at the first of them by name. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const all = nginxIngresses(input).toSorted((a, b) =>
    compareText(subjectName(a.subject), subjectName(b.subject)),
  );
  const [first] = all;
  if (first === undefined) return [];
  const others = all.length === 1 ? '' : ` and ${all.length - 1} other Ingresses`;
  return [
    {
      subject: first.subject,
      path: ['spec'],
      message: `ingress-nginx is out of support; it serves ${subjectName(first.subject)}${others}`,
    },
  ];
}
