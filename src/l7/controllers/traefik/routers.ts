/**
 * Ingresses to Traefik's routers: one for each path, with the rule as Traefik writes it, since of several that match the
 * longest rule wins. Source: traefik/traefik:pkg/provider/kubernetes/ingress/kubernetes.go loadConfigurationFromIngresses,
 * loadService, loadRouter, buildHostRule; pkg/muxer/http/matcher.go, mux.go GetRulePriority.
 */

import { compilePattern } from '../../match.ts';
import type { Route } from '../../route-table.ts';
import type { IngressRoutes } from '../../sources/ingress.ts';
import type { PathMatcher, RouterOptions } from './annotations.ts';
import type { TraefikSettings } from './settings.ts';

export interface Router {
  readonly route: Route;
  /** `Host("shop.example.com") && PathPrefix("/api")`. */
  readonly rule: string;
  /** Its part on paths: `PathPrefix("/api")`. */
  readonly pathRule: string;
  /** The larger one wins. */
  readonly priority: number;
  readonly options: RouterOptions;
  /** Does the rule's part on paths match? undefined: its regular expression cannot be read. */
  matchesPath(path: string): boolean | undefined;
  /** Why Traefik does not make it, and goes on as if it were not there. */
  readonly leftOut?: string;
}

/** The default backend of an Ingress without rules comes after everything else. */
const LAST = Number.NEGATIVE_INFINITY;

/** The routers of one Ingress, in its order. */
export function ingressRouters(
  { rules, defaultRoute }: IngressRoutes,
  options: RouterOptions,
  settings: TraefikSettings,
): readonly Router[] {
  const routers = rules.flatMap(({ routes }) => routes.map((route) => routerOf(route, options, settings)));
  if (rules.length > 0 || defaultRoute === undefined) return routers;
  const all: Router = {
    route: defaultRoute,
    rule: 'PathPrefix("/")',
    pathRule: 'PathPrefix("/")',
    priority: LAST,
    options,
    matchesPath: () => true,
    ...leftOut(defaultRoute, settings),
  };
  return [all];
}

function routerOf(route: Route, options: RouterOptions, settings: TraefikSettings): Router {
  const path = pathRule(route, options.pathMatcher, settings);
  const rule = [...hostRule(route.host), path.rule].join(' && ');
  return {
    route,
    rule,
    pathRule: path.rule,
    priority: options.priority ?? rule.length,
    options,
    matchesPath: path.matches,
    ...leftOut(route, settings),
  };
}

function hostRule(host: string): readonly string[] {
  if (host === '*') return [];
  if (!host.startsWith('*.')) return [`Host("${host}")`];
  return [`HostRegexp("^[a-zA-Z0-9-]+${host.slice(1).replaceAll('.', '\\.')}$")`];
}

interface PathRule {
  readonly rule: string;
  readonly matches: Router['matchesPath'];
}

function pathRule({ path, pathType }: Route, specific: PathMatcher, settings: TraefikSettings): PathRule {
  const matcher = pathType === 'Exact' ? 'Path' : pathType === 'Prefix' ? 'PathPrefix' : specific;
  if (matcher === 'Path') return { rule: `Path("${path}")`, matches: (asked) => asked === path };
  if (matcher === 'PathRegexp') {
    const pattern = compilePattern(path, 'case');
    const matches = (asked: string) =>
      pattern === undefined ? undefined : pattern.match(asked) !== undefined;
    return { rule: `PathRegexp("${path}")`, matches };
  }
  if (!settings.strictPrefixMatching || path === '/') {
    return { rule: `PathPrefix("${path}")`, matches: (asked) => asked.startsWith(path) };
  }
  const bare = path.endsWith('/') ? path.slice(0, -1) : path;
  return {
    rule: `(Path("${bare}") || PathPrefix("${bare}/"))`,
    matches: (asked) => asked === bare || asked.startsWith(`${bare}/`),
  };
}

function leftOut({ backend }: Route, settings: TraefikSettings): Pick<Router, 'leftOut'> {
  switch (backend.state) {
    case 'no-such-service':
      return { leftOut: `there is no Service ${backend.service}` };
    case 'no-such-port':
      return { leftOut: `Service ${backend.service} has no port ${backend.port}` };
    case 'resource':
      return { leftOut: 'its backend is no Service' };
    case 'external-name':
      return settings.allowExternalNameServices ? {} : { leftOut: 'ExternalName Services are not allowed' };
    case 'no-endpoints':
      return settings.allowEmptyServices ? {} : { leftOut: `Service ${backend.service} has no endpoint` };
    default:
      return {};
  }
}
