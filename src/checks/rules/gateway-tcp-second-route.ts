import { idleRoutes } from '../../l7/gateway-api/idle-routes.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, gatewayObject, WEB_SERVICE } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge', '{name: a, port: 5432, protocol: TCP}, {name: b, port: 5433, protocol: TCP}'),
  WEB_SERVICE,
];

export const gatewayTcpSecondRoute: Rule = {
  name: 'gateway-tcp-second-route',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['TCPRoute', 'UDPRoute'],
  what: 'A second TCPRoute or UDPRoute is attached to one listener.',
  why: 'Nothing in a connection tells them apart: the older route gets all of them.',
  fix: 'give it a listener of its own (sectionName), or put both backends into one route with weights',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/tcproute_types.go'],
  examples: {
    bad: { manifests: manifests(...AROUND, tcp('first', 'a'), tcp('second', 'a')) },
    good: { manifests: manifests(...AROUND, tcp('first', 'a'), tcp('second', 'b')) },
  },
  run: hitsOf,
};

function tcp(name: string, section: string): string {
  return gatewayObject(
    'TCPRoute',
    name,
    `parentRefs: [{name: edge, sectionName: ${section}}], rules: [{backendRefs: [{name: web, port: 80}]}]`,
  );
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return gatewaysOf(input)
    .gateways.flatMap(idleRoutes)
    .map(({ route, listener, winner }): Hit => {
      const subject = subjectOf(route);
      const first = subjectOf(winner);
      const { name } = listener.body;
      return {
        subject,
        path: ['spec', 'parentRefs'],
        message: `${subjectName(subject)} gets nothing from listener ${name}: ${subjectName(first)} is older, or the first by name`,
        related: [{ subject: first, path: ['spec', 'parentRefs'], message: 'gets every connection' }],
        fact: `${subjectName(subjectOf(listener.owner))} ${name}`,
      };
    });
}
