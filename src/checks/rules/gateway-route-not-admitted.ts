import type { ParentStatus } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { gatewaysOf } from '../gateways.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = service('web', 'selector: {app: web}', 'ports: [{port: 80}]');
const REFS = { parent: '{name: edge}', backends: '{name: web, port: 80}' };
const EDGE = gateway('edge', '{name: http, port: 80, protocol: HTTP, hostname: shop.example.com}');

export const gatewayRouteNotAdmitted: Rule = {
  name: 'gateway-route-not-admitted',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A route names a Gateway whose listeners take no routes of its namespace or kind, or have no hostname in common with it.',
  why: 'The route is attached to nothing: no request ever gets to it.',
  fix: "open allowedRoutes of the listener (default: the Gateway's own namespace), or correct the hostnames",
  sources: ['kubernetes-sigs/gateway-api:apis/v1/shared_types.go RouteConditionReason'],
  examples: {
    bad: { manifests: manifests(WEB, EDGE, httpRoute('web', REFS, 'hostnames: [api.example.com]')) },
    good: { manifests: manifests(WEB, EDGE, httpRoute('web', REFS, 'hostnames: [shop.example.com]')) },
  },
  run: (input) => gatewaysOf(input).statuses.flatMap((status) => hitOf(input, status)),
};

function hitOf(input: CheckInput, { route, ref, parent, conditions }: ParentStatus): readonly Hit[] {
  const refusal = conditions.find(
    ({ reason }) => reason === 'NotAllowedByListeners' || reason === 'NoMatchingListenerHostname',
  );
  if (refusal === undefined) return [];
  const subject = subjectOf(route);
  const isHostname = refusal.reason === 'NoMatchingListenerHostname';
  return [
    {
      subject,
      path: isHostname ? ['spec', 'hostnames'] : ref.path,
      message: `${subjectName(subject)} is not admitted by ${parent.replace('/', ' ')}: ${refusal.message}`,
      related: listenerEvidence(input, parent),
      fact: `${parent} ${refusal.reason}`,
    },
  ];
}

/** @param parent `Gateway/shop/edge`. */
function listenerEvidence(input: CheckInput, parent: string): readonly Evidence[] {
  const table = gatewaysOf(input).gateways.find(
    ({ gateway: { metadata } }) => parent === `Gateway/${metadata.namespace}/${metadata.name}`,
  );
  if (table === undefined) return [];
  return [{ subject: subjectOf(table.gateway), path: ['spec', 'listeners'], message: 'the listeners' }];
}
