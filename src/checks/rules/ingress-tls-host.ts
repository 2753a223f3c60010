import type { IngressObject, IngressTls } from '../../k8s/kinds/ingress.ts';
import { ingress } from '../example-ingresses.ts';
import { manifests, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');

export const ingressTlsHost: Rule = {
  name: 'ingress-tls-host',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Ingress'],
  what: 'A host of `tls` covers no host of the rules.',
  why: 'The certificate is served for names that the Ingress has no rule for; the hosts of its rules get another one.',
  fix: 'write the hosts of the rules in `tls` too',
  sources: ['kubernetes/api:networking/v1/types.go IngressTLS.Hosts'],
  examples: {
    bad: { manifests: manifests(WEB, withTls('www.example.com')) },
    good: { manifests: manifests(WEB, withTls('shop.example.com')) },
  },
  run: (input) => input.snapshot.objects.ofKind('Ingress').flatMap(hitsOf),
};

function withTls(host: string): string {
  return ingress('shop', 'web', { spec: [`tls: [{hosts: [${host}], secretName: shop-tls}]`] });
}

function hitsOf(object: IngressObject): readonly Hit[] {
  const { rules, tls, defaultBackend } = object.body;
  const hosts = rules.map(({ host }) => host);
  // A rule without a host, or a default backend, serves every name.
  if (hosts.length === 0 || hosts.includes('') || defaultBackend !== undefined) return [];
  return tls.flatMap((entry) => hitsOfTls(object, entry, hosts));
}

function hitsOfTls(
  object: IngressObject,
  { hosts, at }: IngressTls,
  ruled: readonly string[],
): readonly Hit[] {
  const subject = subjectOf(object);
  return hosts.flatMap((host, index): readonly Hit[] =>
    ruled.some((each) => covers(host.toLowerCase(), each) || covers(each, host.toLowerCase()))
      ? []
      : [
          {
            subject,
            path: [...at, 'hosts', index],
            message: `${subjectName(subject)} has a certificate for ${host}, but rules for ${[...new Set(ruled)].join(', ')}`,
            related: [{ subject, path: ['spec', 'rules'], message: 'the rules' }],
            fact: host,
          },
        ],
  );
}

/** A wildcard covers one label. */
function covers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === pattern.slice(1);
}
