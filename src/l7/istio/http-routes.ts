/**
 * The routes that a proxy gets from a VirtualService: one for each entry of a rule's `match` that can apply to it, up
 * to the first that asks nothing of a request. Source: istio/istio:pilot/pkg/networking/core/route/route.go
 * BuildHTTPRoutesForVirtualService, SortVHostRoutes. Rules: docs/semantics/istio.md 7.1, 7.2.
 */

import { once } from '../../collections/once.ts';
import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule } from '../../k8s/istio-parts/http-rule.ts';
import { refTo, type SourceRef } from '../../source/ref.ts';
import { type CompiledMatch, compileHttpMatch, type HttpView } from './http-conditions.ts';
import type { Placed, RuleSet } from './rule-sets.ts';
import { httpSourceMatches, type StaticFacts } from './static-match.ts';

/** What a service's requests do without any VirtualService. */
export interface DefaultRoute {
  readonly kind: 'default';
  readonly host: string;
  readonly port: number;
}

export interface RuleRoute {
  readonly kind: 'rule';
  /** As Envoy knows it: the names of the rule and of the condition. */
  readonly name: string;
  readonly set: RuleSet;
  readonly placed: Placed<HttpRule>;
  /** undefined: the rule has none. */
  readonly match?: HttpMatch;
  readonly at: SourceRef;
  compiled(): CompiledMatch;
}

export type HttpRoute = DefaultRoute | RuleRoute;

/** The routes of one VirtualService for a proxy; empty: nothing of it applies there. */
export function httpRoutes(set: RuleSet, facts: StaticFacts): readonly RuleRoute[] {
  const routes: RuleRoute[] = [];
  for (const placed of set.http) {
    const { match } = placed.rule;
    if (match.length === 0) return [...routes, ruleRoute(set, placed)];
    for (const each of match) {
      if (!httpSourceMatches(each, facts)) continue;
      const route = ruleRoute(set, placed, each);
      routes.push(route);
      if (route.compiled().isCatchAll) return routes;
    }
  }
  return routes;
}

function ruleRoute(set: RuleSet, placed: Placed<HttpRule>, match?: HttpMatch): RuleRoute {
  const { rule, at, owner } = placed;
  const suffix = match === undefined || match.name === '' ? '' : `.${match.name}`;
  return {
    kind: 'rule',
    name: `${rule.name}${suffix}`,
    set,
    placed,
    ...(match === undefined ? {} : { match }),
    // A merged condition is the delegate's or the root's own; the rule is where people look.
    at: match === undefined || placed.label.includes('›') ? at : refTo(owner.origin, ...match.path),
    compiled: once(() => compileHttpMatch(match)),
  };
}

/** Does the route take the request? */
export function routeMatches(route: HttpRoute, view: HttpView): boolean {
  return route.kind === 'default' || route.compiled().conditions.every(({ holds }) => holds(view));
}

/** Gateways try routes that ask nothing last, whatever VirtualService they are from. */
export function catchAllLast(routes: readonly HttpRoute[]): readonly HttpRoute[] {
  const isCatchAll = (route: HttpRoute) => route.kind === 'default' || route.compiled().isCatchAll;
  return [...routes.filter((route) => !isCatchAll(route)), ...routes.filter(isCatchAll)];
}
