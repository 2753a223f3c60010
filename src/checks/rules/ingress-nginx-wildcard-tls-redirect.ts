import type { CheckInput } from '../check-input.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { type NginxIngress, nginxIngresses } from '../nginx.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const WILDCARD = ingress('all', 'web', {
  host: '"*.example.com"',
  nginx: {},
  spec: ['tls: [{hosts: ["*.example.com"], secretName: all-tls}]'],
});

export const ingressNginxWildcardTlsRedirect: Rule = {
  name: 'ingress-nginx-wildcard-tls-redirect',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A host without TLS is redirected to https, since a wildcard host above it has TLS.',
  why: 'The controller looks for a certificate of the host, then for one of *.domain: http requests get 308.',
  fix: 'set nginx.ingress.kubernetes.io/ssl-redirect: "false" on it, or give it TLS too',
  sources: ['kubernetes/ingress-nginx:rootfs/etc/nginx/lua/lua_ingress.lua'],
  examples: {
    bad: { manifests: manifests(WEB, WILDCARD, ingress('shop', 'web', { nginx: {} })) },
    good: {
      manifests: manifests(WEB, WILDCARD, ingress('shop', 'web', { nginx: { 'ssl-redirect': 'false' } })),
    },
  },
  run: hitsOf,
};

function hitsOf(input: CheckInput): readonly Hit[] {
  const all = nginxIngresses(input);
  const secured = new Map<string, NginxIngress>();
  for (const each of all) {
    if (each.ingress.body.tls.length === 0 || each.annotations.canary !== undefined) continue;
    for (const { host } of each.ingress.body.rules) if (!secured.has(host)) secured.set(host, each);
  }
  return all.flatMap((each) =>
    each.ingress.body.rules.flatMap(({ host, at }): readonly Hit[] => {
      const wildcard = `*${host.slice(host.indexOf('.'))}`;
      const owner = secured.get(wildcard);
      const { sslRedirect, forceSslRedirect, canary } = each.annotations;
      const isMeant = forceSslRedirect || !sslRedirect || canary !== undefined;
      if (isMeant || host === '' || secured.has(host) || owner === undefined || host === wildcard) return [];
      return [
        {
          subject: each.subject,
          path: [...at, 'host'],
          message: `${host} of ${subjectName(each.subject)} has no TLS, but http requests are redirected to https: ${wildcard} of ${subjectName(owner.subject)} has`,
          related: [{ subject: owner.subject, path: ['spec', 'tls'], message: `has TLS for ${wildcard}` }],
          fact: host,
        },
      ];
    }),
  );
}
