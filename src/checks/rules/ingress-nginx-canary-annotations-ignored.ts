import { PREFIX } from '../../l7/controllers/ingress-nginx/annotations.ts';
import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  service('web', 'selector: {app: web}', 'ports: [{port: 80}]'),
  service('new', 'selector: {app: new}', 'ports: [{port: 80}]'),
  ingress('shop', 'web', { nginx: {} }),
];

export const ingressNginxCanaryAnnotationsIgnored: Rule = {
  name: 'ingress-nginx-canary-annotations-ignored',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A canary has annotations that count on its main Ingress only.',
  why: 'The canary gives a backend to the locations of the main Ingress: what these do is written there.',
  fix: 'put the annotations on the main Ingress',
  sources: ['kubernetes/ingress-nginx:docs/user-guide/nginx-configuration/annotations.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, canary({ 'rewrite-target': '/v2' })) },
    good: { manifests: manifests(...AROUND, canary({ 'load-balance': 'ewma' })) },
  },
  run: (input: CheckInput) => nginxIngresses(input).flatMap(hitsOf),
};

function canary(nginx: Readonly<Record<string, string>>): string {
  return ingress('canary', 'new', { nginx: { canary: 'true', 'canary-weight': '10', ...nginx } });
}

/** Those of the canary itself, and what upstreams have of their own. */
const COUNTING =
  /^(canary(-.*)?|load-balance|upstream-hash-by.*|affinity.*|session-cookie-.*|service-upstream)$/;

/** Annotations that a main Ingress is likely to have too are copied along; only what changes a route is told. */
const CHANGING =
  /^(rewrite-target|app-root|use-regex|permanent-redirect|temporal-redirect|server-alias|backend-protocol|upstream-vhost|whitelist-source-range|allowlist-source-range|denylist-source-range|default-backend|from-to-www-redirect|x-forwarded-prefix)$/;

function hitsOf({ ingress: { metadata }, subject, annotations }: NginxIngress): readonly Hit[] {
  if (annotations.canary === undefined) return [];
  return [...metadata.annotations.keys()].flatMap((key): readonly Hit[] => {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
    if (COUNTING.test(name) || !CHANGING.test(name)) return [];
    return [
      {
        subject,
        path: ['metadata', 'annotations', key],
        message: `${name} of ${subjectName(subject)} does nothing: on a canary the annotations of the main Ingress count`,
        fact: name,
      },
    ];
  });
}
