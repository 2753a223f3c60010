import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { RouteObject } from '../../l7/gateway-api/model.ts';
import type { CheckInput } from '../check-input.ts';
import { gateway, httpRoute, WEB_REFS, WEB_SERVICE } from '../example-gateways.ts';
import { manifests, service } from '../example-manifests.ts';
import { claimsOf } from '../gateway-claims.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const AROUND = [
  gateway('edge'),
  WEB_SERVICE,
  service('api', 'selector: {app: api}', 'ports: [{port: 80}]'),
  httpRoute('web', WEB_REFS, 'hostnames: [shop.example.com]'),
];

export const gatewayTieByAge: Rule = {
  name: 'gateway-tie-by-age',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['HTTPRoute', 'GRPCRoute'],
  what: 'Two routes match the same requests and lead to different backends.',
  why: 'The older route gets them. Which one that is depends on when they were made: in another cluster, or after one was made anew, it is the other.',
  fix: 'give each its own hostname, path or header, or put both into one route',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go HTTPRouteRule.matches'],
  examples: {
    bad: { manifests: manifests(...AROUND, other('shop.example.com')) },
    good: { manifests: manifests(...AROUND, other('api.example.com')) },
  },
  run: hitsOf,
};

function other(hostname: string): string {
  return httpRoute('api', { ...WEB_REFS, backends: '{name: api, port: 80}' }, `hostnames: [${hostname}]`);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  const first = new Map<string, { readonly route: RouteObject; readonly rule: MatchingRule<unknown> }>();
  const told = new Map<MatchingRule<unknown>, Hit>();
  for (const { route, rule, keys } of claimsOf(input)) {
    for (const { key, path } of keys) {
      const winner = first.get(key);
      if (winner === undefined) first.set(key, { route, rule });
      else if (winner.route !== route && !told.has(rule) && !isSameEnd(winner.rule, rule)) {
        told.set(rule, hitOf({ route, path }, winner));
      }
    }
  }
  return [...told.values()];
}

function hitOf(
  { route, path }: { readonly route: RouteObject; readonly path: Hit['path'] },
  winner: { readonly route: RouteObject; readonly rule: MatchingRule<unknown> },
): Hit {
  const subject = subjectOf(route);
  const other = subjectOf(winner.route);
  return {
    subject,
    path,
    message: `${subjectName(subject)} and ${subjectName(other)} match the same requests: the older of them gets them, and of equal ones the first by name`,
    related: [{ subject: other, path: winner.rule.path, message: 'matches them too' }],
    fact: subjectName(other),
  };
}

/** Do both lead to the same backends in the same way? */
function isSameEnd(a: MatchingRule<unknown>, b: MatchingRule<unknown>): boolean {
  return endOf(a) === endOf(b);
}

function endOf({ backends, filters }: MatchingRule<unknown>): string {
  const plain = backends.map(({ path: _, ...rest }) => rest);
  return JSON.stringify([plain, filters.map(({ path: _, ...rest }) => rest)]);
}
