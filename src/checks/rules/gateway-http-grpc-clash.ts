import type { CheckInput } from '../check-input.ts';
import { gateway, gatewayObject, httpRoute, WEB_REFS, WEB_SERVICE } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [gateway('edge'), WEB_SERVICE, httpRoute('web', WEB_REFS, 'hostnames: [shop.example.com]')];

export const gatewayHttpGrpcClash: Rule = {
  name: 'gateway-http-grpc-clash',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute'],
  what: 'Routes of two kinds are attached to one listener for the same hostname, or to one port of a Service.',
  why: 'Only one of them is accepted, the older one (for a Service: the GRPCRoute); the other gets no request.',
  fix: 'give them different hostnames, or write all rules in one kind',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/grpcroute_types.go GRPCRoute'],
  examples: {
    bad: { manifests: manifests(...AROUND, grpc('shop.example.com')) },
    good: { manifests: manifests(...AROUND, grpc('grpc.example.com')) },
  },
  run: hitsOf,
};

function grpc(hostname: string): string {
  return gatewayObject(
    'GRPCRoute',
    'web-grpc',
    `parentRefs: [{name: edge}], hostnames: [${hostname}], rules: [{backendRefs: [{name: web, port: 80}]}]`,
  );
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input).statuses.flatMap(({ route, ref, parent, conditions }): readonly Hit[] => {
    const refusal = conditions.find(({ type, reason }) => type === 'Accepted' && reason === 'Conflicted');
    if (refusal === undefined) return [];
    const subject = subjectOf(route);
    return [
      {
        subject,
        path: ref.path,
        message: `${subjectName(subject)} is not accepted by ${parent.replace('/', ' ')}: ${refusal.message}`,
        fact: parent,
      },
    ];
  });
}
