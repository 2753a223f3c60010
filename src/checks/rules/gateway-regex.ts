import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { GrpcMatch } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch } from '../../k8s/kinds/http-route.ts';
import { gateway, gatewayObject, WEB_SERVICE } from '../example-gateways.ts';
import { manifests } from '../example-manifests.ts';
import { MATCHING_KINDS, type RouteRuleView, routeRuleViews } from '../gateways.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [gateway('edge'), WEB_SERVICE];

export const gatewayRegex: Rule = {
  name: 'gateway-regex',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: MATCHING_KINDS,
  what: 'A match of a route is a regular expression.',
  why: 'The API leaves its dialect, its anchors and its place in the order of matches to the implementation: another one may answer otherwise.',
  fix: 'use Exact or PathPrefix where that will do, and test the expression with the implementation',
  sources: ['kubernetes-sigs/gateway-api:apis/v1/httproute_types.go PathMatchRegularExpression'],
  examples: {
    bad: { manifests: manifests(...AROUND, route('RegularExpression', '/v[0-9]+')) },
    good: { manifests: manifests(...AROUND, route('PathPrefix', '/v1')) },
  },
  run: (input) => routeRuleViews(input).flatMap(hitsOf),
};

function route(type: string, value: string): string {
  const match = `{path: {type: ${type}, value: "${value}"}}`;
  return gatewayObject(
    'HTTPRoute',
    'web',
    `parentRefs: [{name: edge}], rules: [{matches: [${match}], backendRefs: [{name: web, port: 80}]}]`,
  );
}

type Match = HttpMatch | GrpcMatch;

function hitsOf({ subject, rule }: RouteRuleView): readonly Hit[] {
  const matches = (rule as Partial<MatchingRule<Match>>).matches ?? [];
  return matches.flatMap((match, index): readonly Hit[] => {
    const field = regexField(match);
    if (field === undefined) return [];
    return [
      {
        subject,
        path: [...rule.path, 'matches', index, field],
        message: `${field} of ${subjectName(subject)} is matched by a regular expression, which each implementation reads in its own way`,
        fact: `${index} ${field}`,
      },
    ];
  });
}

function regexField(match: Match): string | undefined {
  const isRegex = ({ type }: { readonly type: string }) => type === 'RegularExpression';
  if (match.headers.some(isRegex)) return 'headers';
  if ('path' in match) {
    if (isRegex(match.path)) return 'path';
    return match.query.some(isRegex) ? 'queryParams' : undefined;
  }
  return isRegex(match) ? 'method' : undefined;
}
