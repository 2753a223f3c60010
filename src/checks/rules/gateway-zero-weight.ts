import type { RouteRuleBody } from '../../k8s/gateway-parts/route.ts';
import type { RouteObject } from '../../l7/gateway-api/model.ts';
import { sharesNothing } from '../../l7/gateway-api/rule-body.ts';
import { gateway, httpRoute } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { routesOf } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [gateway('edge'), service('web', 'selector: {app: web}', 'ports: [{port: 80}]')];

export const gatewayZeroWeight: Rule = {
  name: 'gateway-zero-weight',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'],
  what: 'A backend of a route has weight 0.',
  why: 'It gets no requests. Where all backends of a rule have weight 0, its requests are answered with 500.',
  fix: 'give it a weight, or take it away',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/shared_types.go BackendRef.weight'],
  examples: {
    bad: { manifests: manifests(...AROUND, routeTo(0)) },
    good: { manifests: manifests(...AROUND, routeTo(1)) },
  },
  run: (input) => routesOf(input).flatMap((route) => route.body.rules.flatMap((rule) => hitsOf(route, rule))),
};

function routeTo(weight: number): string {
  return httpRoute('web', { parent: '{name: edge}', backends: `{name: web, port: 80, weight: ${weight}}` });
}

function hitsOf(route: RouteObject, rule: RouteRuleBody): readonly Hit[] {
  const subject = subjectOf(route);
  const isAll = sharesNothing(rule);
  return rule.backends.flatMap(({ weight, name, path }): readonly Hit[] =>
    weight > 0
      ? []
      : [
          {
            subject,
            path: [...path, 'weight'],
            severity: isAll ? 'warning' : 'info',
            message: isAll
              ? `every backend of a rule of ${subjectName(subject)} has weight 0: its requests are answered with 500`
              : `backend ${name} of ${subjectName(subject)} has weight 0: it gets no requests`,
            fact: name,
          },
        ],
  );
}
