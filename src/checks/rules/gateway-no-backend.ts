import type { RouteRuleBody } from '../../k8s/gateway-parts/route.ts';
import type { RouteObject } from '../../l7/gateway-api/model.ts';
import { answersNobody } from '../../l7/gateway-api/rule-body.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { routesOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];

export const gatewayNoBackend: Rule = {
  name: 'gateway-no-backend',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute'],
  what: 'A rule of a route has neither a backend nor a filter that answers.',
  why: 'Every request that the rule matches is answered with 500.',
  fix: 'add backendRefs, or a RequestRedirect',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteRule.backendRefs'],
  examples: {
    bad: { manifests: manifests(...AROUND, to('')) },
    good: { manifests: manifests(...AROUND, to('{name: web, port: 80}')) },
  },
  run: (input) => routesOf(input).flatMap(hitsOf),
};

function to(backends: string): string {
  return httpRoute('web', { parent: '{name: edge}', backends });
}

function hitsOf(route: RouteObject): readonly Hit[] {
  if (route.kind !== 'HTTPRoute' && route.kind !== 'GRPCRoute') return [];
  const subject = subjectOf(route);
  const rules: readonly RouteRuleBody[] = route.body.rules;
  return rules.filter(answersNobody).map(({ path }) => ({
    subject,
    path,
    message: `a rule of ${subjectName(subject)} has no backend: its requests are answered with 500`,
    fact: String(path.at(-1)),
  }));
}
