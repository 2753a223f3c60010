import type { RouteObject } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute, WEB_REFS, WEB_SERVICE } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { gatewaysOf, routesOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge', '{name: http, port: 80, protocol: HTTP, hostname: "*.example.com"}'),
  WEB_SERVICE,
];

export const gatewayHostnameIgnored: Rule = {
  name: 'gateway-hostname-ignored',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute'],
  what: 'A hostname of a route fits no listener that the route is attached to, while others of it do.',
  why: 'The route is accepted, and this hostname is left out in silence: requests for it get 404.',
  fix: 'add a listener for the hostname, or correct it; a wildcard does not stand for the domain itself',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteSpec.hostnames'],
  examples: {
    bad: { manifests: manifests(...AROUND, route('shop.example.com, example.com')) },
    good: { manifests: manifests(...AROUND, route('shop.example.com, api.example.com')) },
  },
  run: (input) => routesOf(input).flatMap((each) => hitsOf(input, each)),
};

function route(hostnames: string): string {
  return httpRoute('web', WEB_REFS, `hostnames: [${hostnames}]`);
}

function hitsOf(input: CheckInput, object: RouteObject): readonly Hit[] {
  const { statuses, lostParents } = gatewaysOf(input);
  const attached = statuses.filter((each) => each.route === object).flatMap(({ attachments }) => attachments);
  // A parent that is not in the input may have the listener.
  if (attached.length === 0 || lostParents.some((each) => each.route === object)) return [];
  const used = new Set(attached.flatMap(({ hostnames }) => hostnames.map(({ declared }) => declared)));
  const subject = subjectOf(object);
  return (object.body.hostnames ?? []).flatMap((hostname, index): readonly Hit[] =>
    used.has(hostname)
      ? []
      : [
          {
            subject,
            path: ['spec', 'hostnames', index],
            message: `hostname ${hostname} of ${subjectName(subject)} fits no listener that it is attached to`,
            fact: hostname,
          },
        ],
  );
}
