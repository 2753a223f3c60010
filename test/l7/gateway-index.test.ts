/** The index of matches: how many a request looks at, and that it finds what looking at all of them finds. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGatewayRequest } from '../../src/index.ts';
import type { MatchingRule } from '../../src/k8s/gateway-parts/route.ts';
import type { HttpMatch, HttpPathType } from '../../src/k8s/kinds/http-route.ts';
import { rulesOf } from '../../src/l7/gateway-api/gateway-table.ts';
import { compareSpecificity, coversHostname } from '../../src/l7/gateway-api/hostnames.ts';
import { matchIndex } from '../../src/l7/gateway-api/match-index.ts';
import {
  byPrecedence,
  type GatewayMatch,
  httpMatches,
  parsedRequest,
} from '../../src/l7/gateway-api/matches.ts';
import { gatewayOf, route, worldOf } from './gateway-world.ts';

const [RULE] = worldOf([
  gatewayOf('{name: http, port: 80, protocol: HTTP}'),
  route('HTTPRoute', 'r', 'rules: [{}]'),
]).statuses.flatMap((status) => rulesOf(status.route));

function matchOf(hostname: string, path: HttpMatch['path'], part: Partial<HttpMatch> = {}): GatewayMatch {
  if (RULE === undefined) throw new Error('the route has a rule');
  const rule: MatchingRule<HttpMatch> = {
    matches: [{ path, headers: [], query: [], ...part }],
    backends: [],
    filters: [],
    unmodelled: [],
    path: [],
  };
  const [match] = httpMatches(RULE, rule, { effective: hostname, declared: hostname });
  if (match === undefined) throw new Error('a match makes a match');
  return match;
}

function parsed(url: string) {
  const request = parseGatewayRequest(url);
  if (request === undefined) throw new Error(url);
  return parsedRequest(request);
}

test('of 10,000 rules a request looks at those of its host and its path alone', () => {
  let looked = 0;
  const counted = (match: GatewayMatch): GatewayMatch => ({
    ...match,
    holds: (request) => {
      looked += 1;
      return match.holds(request);
    },
  });
  const matches = Array.from({ length: 10_000 }, (_, index) =>
    counted(matchOf(`h${index % 100}.example`, { type: 'PathPrefix', value: `/p${index}` })),
  );
  const index = matchIndex(matches);
  expect(index.find('h7.example', parsed('http://h7.example/p107/x'))).toHaveLength(1);
  expect(looked).toBe(1);
});

describe('the index', () => {
  const HOSTS = ['a.example', '*.example', '*.b.example', 'x.b.example', '*'];
  const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/a/b/c'];
  const TYPES: readonly HttpPathType[] = ['Exact', 'PathPrefix', 'RegularExpression'];
  const anyMatch = fc
    .record({
      host: fc.constantFrom(...HOSTS),
      type: fc.constantFrom(...TYPES),
      value: fc.constantFrom(...PATHS),
      method: fc.constantFrom(undefined, 'GET', 'POST'),
    })
    .map(({ host, type, value, method }) =>
      matchOf(host, { type, value }, method === undefined ? {} : { method }),
    );

  test('finds what looking at every match finds, in the same order', () => {
    fc.assert(
      fc.property(
        fc.array(anyMatch, { maxLength: 12 }),
        fc.constantFrom('a.example', 'x.b.example', 'y.b.example', 'z.org'),
        fc.constantFrom('/', '/a', '/a/', '/a/b', '/a/bc', '/ab', '/a/b/c/d'),
        (matches, host, path) => {
          const request = parsed(`http://${host}${path}`);
          const expected = matches
            .filter(({ hostname }) => coversHostname(hostname.effective, host))
            .filter((match) => pathHolds(match, path) && match.holds(request))
            .sort(
              (a, b) => compareSpecificity(a.hostname.effective, b.hostname.effective) || byPrecedence(a, b),
            );
          expect(matchIndex(matches).find(host, request)).toEqual(expected);
        },
      ),
    );
  });
});

/** httproute_types.go PathMatchType: element by element, a trailing slash of the rule is ignored. */
function pathHolds({ locator }: GatewayMatch, path: string): boolean {
  if (locator.kind === 'scan') return true;
  if (locator.kind === 'exact') return locator.path === path;
  const wanted = locator.path.split('/');
  const given = path.split('/');
  return wanted.every((element, index) => element === given[index]);
}
