import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressNginxSnippet: Rule = {
  name: 'ingress-nginx-snippet',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'An Ingress brings lines of nginx configuration.',
  why: 'The controller refuses snippets unless an administrator allows them (allow-snippet-annotations), since they can read every Secret. k8snet does not follow what they do.',
  fix: 'use an annotation that does the same',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/configmap.md'],
  examples: {
    bad: {
      manifests: manifests(
        WEB,
        ingress('shop', 'web', { nginx: { 'configuration-snippet': 'return 403;' } }),
      ),
    },
    good: { manifests: manifests(WEB, ingress('shop', 'web', { nginx: { 'enable-cors': 'true' } })) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function hitsOf({ ingress: object, subject }: NginxIngress): readonly Hit[] {
  return [...object.metadata.annotations.keys()]
    .filter((key) => /^nginx\.ingress\.kubernetes\.io\/.*-snippet$/.test(key))
    .map((key) => ({
      subject,
      path: ['metadata', 'annotations', key],
      message: `${subjectName(subject)} has ${key}, which ingress-nginx refuses by default`,
      fact: key,
    }));
}
