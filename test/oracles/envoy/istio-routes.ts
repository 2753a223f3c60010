/**
 * VirtualServices as istiod makes Envoy's routes of them, written from the manifests by its source and without any of
 * our own tables: istio/istio:pilot/pkg/networking/core/route/route.go (BuildHTTPRoutesForVirtualService,
 * translateRoute, TranslateRouteMatch, ApplyRedirect, applyHTTPRouteDestination, SortVHostRoutes) and
 * pilot/pkg/networking/core/gateway.go (buildGatewayHTTPRouteConfig).
 */

import {
  GATEWAY_PORT,
  type HeaderChanges,
  type IstioDestination,
  type IstioMatch,
  type IstioRedirect,
  type IstioRule,
  NAMESPACE,
  type TextMatch,
} from './manifests.ts';

export interface EnvoyRoute {
  readonly match: Readonly<Record<string, unknown>>;
  readonly [key: string]: unknown;
}

export interface EnvoyHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly EnvoyRoute[];
}

/** VirtualServices that are made of HTTPRoutes are read a little otherwise (model.UseGatewaySemantics). */
export type Semantics = 'istio' | 'gateway-api';

/** As Envoy knows a destination. */
export function clusterName(host: string, subset = ''): string {
  return `outbound|80|${subset}|${host}.${NAMESPACE}.svc.cluster.local`;
}

export interface HostRules {
  readonly hosts: readonly string[];
  readonly rules: readonly IstioRule[];
}

/** The virtual hosts of a server: what its hosts and those of each VirtualService have in common. */
export function virtualHosts(
  serverHosts: readonly string[],
  services: readonly HostRules[],
  semantics: Semantics,
): readonly EnvoyHost[] {
  const routes = new Map<string, EnvoyRoute[]>();
  for (const { hosts, rules } of services) {
    const own = routesOf(rules, semantics);
    if (own.length === 0) continue;
    for (const host of intersection(serverHosts, hosts))
      routes.set(host, [...(routes.get(host) ?? []), ...own]);
  }
  return [...routes].map(([host, all]) => ({
    name: `${host}:${GATEWAY_PORT}`,
    domains: [host],
    routes: [...all.filter((route) => !isCatchAll(route)), ...all.filter(isCatchAll)],
  }));
}

/** pkg/config/host/names.go Intersection: of two that overlap, the narrower. */
function intersection(serverHosts: readonly string[], hosts: readonly string[]): readonly string[] {
  const pairs = serverHosts.flatMap((server) => hosts.map((host) => [server, host] as const));
  return [...new Set(pairs.flatMap(([a, b]) => (isWithin(a, b) ? [a] : isWithin(b, a) ? [b] : [])))];
}

function isWithin(host: string, of: string): boolean {
  return of.startsWith('*') ? host.replace('*', '').endsWith(of.slice(1)) : host === of;
}

function routesOf(rules: readonly IstioRule[], semantics: Semantics): readonly EnvoyRoute[] {
  const routes: EnvoyRoute[] = [];
  for (const rule of rules) {
    const { match = [] } = rule;
    if (match.length === 0) return [...routes, routeOf(rule, undefined, semantics)];
    for (const each of match) {
      if (each.port !== undefined && each.port !== GATEWAY_PORT) continue;
      const route = routeOf(rule, each, semantics);
      routes.push(route);
      if (isCatchAll(route)) return routes;
    }
  }
  return routes;
}

function isCatchAll({ match }: EnvoyRoute): boolean {
  const isEvery =
    match['prefix'] === '/' ||
    (match['safe_regex'] as { readonly regex: string } | undefined)?.regex === '.*';
  return isEvery && isNone(match['headers']) && isNone(match['query_parameters']);
}

function isNone(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

function routeOf(rule: IstioRule, match: IstioMatch | undefined, semantics: Semantics): EnvoyRoute {
  const translated = translateMatch(match, semantics);
  return {
    match: translated,
    ...headerOptions(rule.headers?.request),
    ...actionOf(rule, translated, semantics),
    ...(rule.fault === undefined ? {} : { typed_per_filter_config: faultOf(rule.fault.abort) }),
  };
}

function faultOf({ percentage, httpStatus }: NonNullable<IstioRule['fault']>['abort']): object {
  return {
    'envoy.filters.http.fault': {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault',
      abort: {
        percentage: { numerator: percentage.value * 10_000, denominator: 'MILLION' },
        http_status: httpStatus,
      },
    },
  };
}

/** TranslateRouteMatch. */
function translateMatch(match: IstioMatch | undefined, semantics: Semantics): EnvoyRoute['match'] {
  if (match === undefined) return { prefix: '/' };
  const without = Object.entries(match.withoutHeaders ?? {}).map(([name, text]) => ({
    ...headerMatch(name, text),
    invert_match: true,
    ...(isPresence(text) ? {} : { treat_missing_header_as_empty: true }),
  }));
  const pseudo = [
    [':method', match.method],
    [':authority', match.authority],
    [':scheme', match.scheme],
  ] as const;
  const headers = [
    ...Object.entries(match.headers ?? {}).map(([name, text]) => headerMatch(name, text)),
    ...without,
    ...pseudo.flatMap(([name, text]) => (text === undefined ? [] : [headerMatch(name, text)])),
  ];
  return {
    ...pathOf(match.uri, semantics),
    case_sensitive: match.ignoreUriCase !== true,
    headers,
    query_parameters: Object.entries(match.queryParams ?? {}).map(([name, text]) => ({
      name,
      ...(isPresence(text) ? { present_match: true } : { string_match: textMatch(text) }),
    })),
  };
}

function pathOf(uri: TextMatch | undefined, semantics: Semantics): object {
  if (uri?.exact !== undefined) return { path: uri.exact };
  if (uri?.regex !== undefined) return { safe_regex: { regex: uri.regex } };
  const prefix = uri?.prefix ?? '/';
  return semantics === 'gateway-api' && prefix !== '/'
    ? { path_separated_prefix: prefix.replace(/\/$/, '') }
    : { prefix };
}

function headerMatch(name: string, text: TextMatch): object {
  return isPresence(text) ? { name, present_match: true } : { name, string_match: textMatch(text) };
}

function textMatch({ regex, ...others }: TextMatch): object {
  return regex === undefined ? others : { safe_regex: { regex } };
}

/** canBeConvertedToPresentMatch. */
function isPresence({ exact, prefix, regex }: TextMatch): boolean {
  return regex === '*' || (exact === undefined && prefix === undefined && regex === undefined);
}

function actionOf(rule: IstioRule, match: EnvoyRoute['match'], semantics: Semantics): object {
  if (rule.redirect !== undefined) return { redirect: redirectOf(rule.redirect, semantics) };
  if (rule.directResponse !== undefined) {
    const { status, body } = rule.directResponse;
    return {
      direct_response: { status, ...(body === undefined ? {} : { body: { inline_string: body.string } }) },
    };
  }
  return destinationOf(rule, match, semantics);
}

/** ApplyRedirect. */
function redirectOf(redirect: IstioRedirect, semantics: Semantics): object {
  const { uri = '', authority = '', scheme, redirectCode = 301 } = redirect;
  const asked = redirect.derivePort === 'FROM_REQUEST_PORT' ? GATEWAY_PORT : (redirect.port ?? 0);
  const isDefault = asked === (scheme === 'https' ? 443 : 80);
  const prefix = semantics === 'gateway-api' && uri.startsWith(PREFIX) ? uri.slice(PREFIX.length) : undefined;
  return {
    host_redirect: authority,
    ...(prefix === undefined ? { path_redirect: uri } : { prefix_rewrite: prefix }),
    ...(scheme === undefined ? {} : { scheme_redirect: scheme }),
    port_redirect: isDefault ? 0 : asked,
    response_code: CODES.get(redirectCode),
  };
}

/** How a prefix that is to be replaced goes through a VirtualService. */
export const PREFIX = '%PREFIX()%';

const CODES: ReadonlyMap<number, string> = new Map([
  [301, 'MOVED_PERMANENTLY'],
  [302, 'FOUND'],
  [303, 'SEE_OTHER'],
  [307, 'TEMPORARY_REDIRECT'],
  [308, 'PERMANENT_REDIRECT'],
]);

/** applyHTTPRouteDestination: of one destination the headers go to the route, of several to each cluster. */
function destinationOf(rule: IstioRule, match: EnvoyRoute['match'], semantics: Semantics): object {
  const { route = [], rewrite } = rule;
  const [only, ...others] = route;
  const authority = rewrite?.authority ?? authorityIn(rule.headers?.request);
  const base = {
    ...(semantics === 'gateway-api' ? { cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR' } : {}),
    ...pathRewrite(rule, match, semantics),
  };
  if (only !== undefined && others.length === 0) {
    const literal = authority ?? authorityIn(only.headers?.request);
    const { host, subset } = only.destination;
    return {
      ...joined(headerOptions(rule.headers?.request), headerOptions(only.headers?.request)),
      route: { ...base, ...hostRewrite(literal), cluster: clusterName(host, subset) },
    };
  }
  const clusters = route.filter(({ weight = 0 }) => weight > 0).map(weightedCluster);
  return { route: { ...base, ...hostRewrite(authority), weighted_clusters: { clusters } } };
}

function weightedCluster({ destination, weight = 0, headers }: IstioDestination): object {
  return {
    name: clusterName(destination.host, destination.subset),
    weight,
    ...headerOptions(headers?.request),
    ...hostRewrite(authorityIn(headers?.request)),
  };
}

function hostRewrite(literal: string | undefined): object {
  return literal === undefined ? {} : { host_rewrite_literal: literal };
}

function pathRewrite({ rewrite }: IstioRule, match: EnvoyRoute['match'], semantics: Semantics): object {
  if (rewrite?.uriRegexRewrite !== undefined) {
    const { match: regex, rewrite: substitution } = rewrite.uriRegexRewrite;
    return { regex_rewrite: { pattern: { regex }, substitution } };
  }
  const { uri = '' } = rewrite ?? {};
  if (uri === '') return {};
  if (semantics === 'istio' || uri !== '/') return { prefix_rewrite: uri };
  const prefix = String(match['path_separated_prefix'] ?? '').replace(/[.+*?()|[\]{}^$\\]/g, '\\$&');
  return { regex_rewrite: { pattern: { regex: `^${prefix}(/?)(.*)` }, substitution: '/\\2' } };
}

interface HeaderOptions {
  readonly request_headers_to_add: readonly object[];
  readonly request_headers_to_remove: readonly string[];
}

/** TranslateHeadersOperations; names of the Host are no headers (isInternalHeader). */
function headerOptions({ set = {}, add = {}, remove = [] }: HeaderChanges = {}): HeaderOptions {
  const options = (values: Readonly<Record<string, string>>, action: string) =>
    Object.entries(values)
      .filter(([key]) => !isHost(key))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ header: { key, value }, append_action: action }));
  return {
    request_headers_to_add: [
      ...options(set, 'OVERWRITE_IF_EXISTS_OR_ADD'),
      ...options(add, 'APPEND_IF_EXISTS_OR_ADD'),
    ],
    request_headers_to_remove: remove.filter((key) => !isHost(key)),
  };
}

function joined(a: HeaderOptions, b: HeaderOptions): HeaderOptions {
  return {
    request_headers_to_add: [...a.request_headers_to_add, ...b.request_headers_to_add],
    request_headers_to_remove: [...a.request_headers_to_remove, ...b.request_headers_to_remove],
  };
}

function isHost(key: string): boolean {
  return key.startsWith(':') || key.toLowerCase() === 'host';
}

/** What is set wins over what is added. */
function authorityIn({ set = {}, add = {} }: HeaderChanges = {}): string | undefined {
  const all = [...Object.entries(set), ...Object.entries(add)];
  return all.find(([key]) => ['host', ':authority'].includes(key.toLowerCase()))?.[1];
}
