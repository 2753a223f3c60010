import { coversHost } from '../../l7/certificate.ts';
import { certificatesOf } from '../certificates.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { tlsSecret } from '../example-secrets.ts';
import { gatewaysOf, type ListenerView, listenerViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

export const gatewayCertNotCovering: Rule = {
  name: 'gateway-cert-not-covering',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['Gateway', 'ListenerSet', 'XListenerSet'],
  what: 'No certificate of a listener is for its hostname, or for a hostname of a route there.',
  why: 'Clients check the names in the certificate and break the connection off.',
  fix: 'serve a certificate that has the name; a wildcard stands for one label',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerTLSConfig.certificateRefs'],
  examples: {
    bad: { manifests: manifests(tlsSecret('web-tls'), serving('api.example.org')) },
    good: { manifests: manifests(tlsSecret('web-tls'), serving('shop.example.com')) },
  },
  run: (input) => listenerViews(input).flatMap((view) => hitsOf(input, view)),
};

function serving(hostname: string): string {
  const tls = 'tls: {certificateRefs: [{name: web-tls}]}';
  return gateway('edge', `{name: web, port: 443, protocol: HTTPS, hostname: ${hostname}, ${tls}}`);
}

function hitsOf(input: CheckInput, { listener, subject }: ListenerView): readonly Hit[] {
  const { body, owner } = listener;
  if (body.tls?.mode !== 'Terminate' || body.tls.certificates.length === 0) return [];
  const names = body.tls.certificates.map(({ name, namespace = owner.metadata.namespace }) =>
    certificatesOf(input)(namespace, name),
  );
  // Of a Secret that is not in the input nobody knows the names.
  if (names.includes(undefined)) return [];
  const known = names.flatMap((each) => each ?? []);
  const hosts = hostsOf(input, listener).filter((host) => !coversHost(known, host));
  if (hosts.length === 0) return [];
  return [
    {
      subject,
      path: [...body.path, 'tls', 'certificateRefs'],
      message: `listener ${body.name} of ${subjectName(subject)} has no certificate for ${hosts.join(', ')}; it has ${known.join(', ') || 'no names'}`,
      fact: hosts.join(' '),
    },
  ];
}

/** The hostnames that clients can ask for, of the listener and of the routes that are attached to it. */
function hostsOf(input: CheckInput, listener: ListenerView['listener']): readonly string[] {
  const attached = gatewaysOf(input)
    .statuses.flatMap(({ attachments }) => attachments)
    .filter((each) => each.listener === listener)
    .flatMap(({ hostnames }) => hostnames.map(({ effective }) => effective));
  const own = listener.body.hostname === undefined ? [] : [listener.body.hostname];
  const all = attached.length === 0 ? own : attached;
  return [...new Set(all)].filter((host) => host !== '*');
}
