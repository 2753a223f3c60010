import type { IngressObject, IngressTls } from '../../k8s/kinds/ingress.ts';
import { coversHost } from '../../l7/certificate.ts';
import { certificatesOf } from '../certificates.ts';
import type { CheckInput } from '../check-input.ts';
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
  what: 'A host of `tls` covers no host of the rules, or the certificate in its Secret is not for it.',
  why: 'The certificate is served for names that the Ingress has no rule for, or that it does not have: clients break the connection off.',
  fix: 'write the hosts of the rules in `tls` too, and name a Secret whose certificate has them',
  sources: ['kubernetes/api:networking/v1/types.go IngressTLS.Hosts'],
  examples: {
    bad: { manifests: manifests(WEB, withTls('www.example.com')) },
    good: { manifests: manifests(WEB, withTls('shop.example.com')) },
  },
  run: (input) =>
    input.snapshot.objects.ofKind('Ingress').flatMap((each) => [...hitsOf(each), ...uncovered(input, each)]),
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

/** Hosts that the certificate, where the input has it, is not for. */
function uncovered(input: CheckInput, object: IngressObject): readonly Hit[] {
  const { namespace } = object.metadata;
  const subject = subjectOf(object);
  return object.body.tls.flatMap(({ hosts, secretName, at }) => {
    const names = secretName === '' ? undefined : certificatesOf(input)(namespace, secretName);
    if (names === undefined) return [];
    return hosts.flatMap((host, index): readonly Hit[] =>
      coversHost(names, host)
        ? []
        : [
            {
              subject,
              path: [...at, 'hosts', index],
              message: `${subjectName(subject)} serves Secret ${secretName} for ${host}, whose certificate is for ${names.join(', ') || 'no host'}`,
              fact: `certificate ${host}`,
            },
          ],
    );
  });
}

/** A wildcard covers one label. */
function covers(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host;
  const dot = host.indexOf('.');
  return dot > 0 && host.slice(dot) === pattern.slice(1);
}
