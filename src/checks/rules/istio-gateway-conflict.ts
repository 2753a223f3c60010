import type { GatewayServer, IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { inOrderOfName, type Subject, subjectName, subjectOf } from '../subject.ts';

export const istioGatewayConflict: Rule = {
  name: 'istio-gateway-conflict',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['IstioGateway'],
  what: 'Two Gateways for the same pods have a host in common on a port where each host can have one server only (TLS), or other protocols.',
  why: 'The older one counts; the servers of the other are left out in silence.',
  fix: 'put both into one Gateway, or give them different hosts',
  sources: ['istio/istio:pkg/config/analysis/analyzers/gateway/conflictinggateway.go (IST0145)'],
  examples: {
    bad: { manifests: manifests(shop('a', 'shop.example.com'), shop('b', 'shop.example.com')) },
    good: { manifests: manifests(shop('a', 'shop.example.com'), shop('b', 'api.example.com')) },
  },
  run: hitsOf,
};

function shop(name: string, host: string): string {
  return istioObject('networking', 'Gateway', name, [
    'selector: {istio: ingressgateway}',
    'servers:',
    `  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [${host}], tls: {mode: SIMPLE, credentialName: ${name}}}`,
  ]);
}

interface Claim {
  readonly subject: Subject;
  readonly server: GatewayServer;
}

/** The later by name is told, wherever the two stand. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const first = new Map<string, Claim>();
  return inOrderOfName(input.snapshot.objects.ofKind('IstioGateway')).flatMap((object) => {
    const subject = subjectOf(object);
    return object.body.servers.flatMap((server) =>
      server.hosts.flatMap((host, index): readonly Hit[] => {
        const key = claimKey(object, server, host);
        const other = first.get(key);
        if (other === undefined) first.set(key, { subject, server });
        if (other === undefined || other.subject.name === subject.name || isShared(other.server, server))
          return [];
        return [
          {
            subject,
            path: [...server.path, 'hosts', index],
            message: `${subjectName(other.subject)} and ${subjectName(subject)} both serve ${host} on port ${server.port}: the older of them counts`,
            related: [{ subject: other.subject, path: other.server.path, message: 'serves it too' }],
            fact: `${server.port} ${host} ${subjectName(other.subject)}`,
          },
        ];
      }),
    );
  });
}

function claimKey({ body, metadata }: IstioGatewayObject, server: GatewayServer, host: string): string {
  const labels = [...(body.selector ?? [])].map((pair) => pair.join('=')).sort();
  return [labels.join(','), metadata.namespace, server.bind, server.port, host].join('\n');
}

/** Servers of plain HTTP on one port are merged. */
function isShared(a: GatewayServer, b: GatewayServer): boolean {
  const isPlain = ({ protocol, tls }: GatewayServer) =>
    tls === undefined && /^(HTTP|HTTP2|GRPC)$/.test(protocol);
  return isPlain(a) && isPlain(b);
}
