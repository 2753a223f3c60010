/**
 * HTTPRoutes as istiod turns them into VirtualServices: istio/istio:pilot/pkg/config/kube/gateway/conversion.go
 * (buildHTTPVirtualServices, createURIMatch, createRewriteFilter, createRedirectFilter, sortHTTPRoutes). One thing is
 * Envoy Gateway's: regular expressions come before prefixes (envoyproxy/gateway:internal/gatewayapi/sort.go), where
 * Istio has them last; the API leaves it open.
 */

import { type HostRules, PREFIX } from './istio-routes.ts';
import type {
  BackendRef,
  HeaderChanges,
  HeaderModifier,
  HttpRoute,
  HttpRouteFilter,
  HttpRouteMatch,
  HttpRouteRule,
  IstioDestination,
  IstioMatch,
  IstioRedirect,
  IstioRewrite,
  IstioRule,
  TextMatch,
} from './manifests.ts';

/** One set of rules for each hostname, in the order in which they are tried. */
export function rulesByHost(routes: readonly HttpRoute[]): readonly HostRules[] {
  const byHost = new Map<string, IstioRule[]>();
  // They have no timestamp, so that their names are their order.
  const inOrder = [...routes].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const { spec } of inOrder) {
    const rules = spec.rules.flatMap(converted);
    for (const host of spec.hostnames ?? ['*']) byHost.set(host, [...(byHost.get(host) ?? []), ...rules]);
  }
  return [...byHost].map(([host, rules]) => ({ hosts: [host], rules: [...rules].sort(byPrecedence) }));
}

/** A rule of its own for each match. */
function converted({ matches = [], filters = [], backendRefs = [] }: HttpRouteRule): readonly IstioRule[] {
  const rest = filters.reduce(withFilter, {} as IstioRule);
  const action = rest.redirect === undefined ? { ...rest, route: backendRefs.map(destinationOf) } : rest;
  return matches.length === 0
    ? [{ ...action, match: [{ uri: { prefix: '/' } }] }]
    : matches.map((match) => ({ ...action, match: [matchOf(match)] }));
}

function matchOf({ path, headers = [], queryParams = [], method }: HttpRouteMatch): IstioMatch {
  return {
    uri: pathOf(path),
    ...(headers.length === 0 ? {} : { headers: namedMatches(headers) }),
    ...(queryParams.length === 0 ? {} : { queryParams: namedMatches(queryParams) }),
    ...(method === undefined ? {} : { method: { exact: method } }),
  };
}

function pathOf(
  { type, value }: NonNullable<HttpRouteMatch['path']> = { type: 'PathPrefix', value: '/' },
): TextMatch {
  if (type === 'Exact') return { exact: value };
  if (type === 'RegularExpression') return { regex: value };
  return { prefix: value === '/' ? value : value.replace(/\/$/, '') };
}

function namedMatches(all: NonNullable<HttpRouteMatch['headers']>): Readonly<Record<string, TextMatch>> {
  return Object.fromEntries(
    all.map(({ name, type, value }) => [name, type === 'Exact' ? { exact: value } : { regex: value }]),
  );
}

function withFilter(rule: IstioRule, filter: HttpRouteFilter): IstioRule {
  const { requestHeaderModifier, urlRewrite, requestRedirect } = filter;
  if (requestHeaderModifier !== undefined)
    return { ...rule, headers: { request: changes(requestHeaderModifier) } };
  if (requestRedirect !== undefined) return { ...rule, redirect: redirectOf(requestRedirect) };
  return urlRewrite === undefined ? rule : { ...rule, rewrite: rewriteOf(urlRewrite) };
}

function changes({ set = [], add = [], remove = [] }: HeaderModifier): HeaderChanges {
  const values = (list: NonNullable<HeaderModifier['set']>) =>
    Object.fromEntries(list.map(({ name, value }) => [name.toLowerCase(), value]));
  return { set: values(set), add: values(add), remove };
}

function redirectOf(filter: NonNullable<HttpRouteFilter['requestRedirect']>): IstioRedirect {
  const { path, hostname, port, scheme, statusCode } = filter;
  const uri =
    path?.replacePrefixMatch === undefined ? path?.replaceFullPath : `${PREFIX}${path.replacePrefixMatch}`;
  return {
    ...(uri === undefined ? {} : { uri }),
    ...(hostname === undefined ? {} : { authority: hostname }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(port === undefined ? derivedPort(scheme) : { port }),
    ...(statusCode === undefined ? { redirectCode: 302 } : { redirectCode: statusCode }),
  };
}

function derivedPort(scheme: string | undefined): IstioRedirect {
  return { derivePort: scheme === undefined ? 'FROM_REQUEST_PORT' : 'FROM_PROTOCOL_DEFAULT' };
}

function rewriteOf({ path, hostname }: NonNullable<HttpRouteFilter['urlRewrite']>): IstioRewrite {
  return {
    ...(path?.replacePrefixMatch === undefined
      ? {}
      : { uri: path.replacePrefixMatch.replace(/\/$/, '') || '/' }),
    ...(path?.replaceFullPath === undefined
      ? {}
      : { uriRegexRewrite: { match: '/.*', rewrite: path.replaceFullPath } }),
    ...(hostname === undefined ? {} : { authority: hostname }),
  };
}

/** Absent, the weight is 1. */
function destinationOf({ name, weight = 1, filters = [] }: BackendRef): IstioDestination {
  const modifier = filters.find(({ requestHeaderModifier }) => requestHeaderModifier !== undefined);
  return {
    destination: { host: name },
    weight,
    ...(modifier?.requestHeaderModifier === undefined
      ? {}
      : { headers: { request: changes(modifier.requestHeaderModifier) } }),
  };
}

function byPrecedence(a: IstioRule, b: IstioRule): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  const index = left.findIndex((value, at) => value !== right[at]);
  return index < 0 ? 0 : (right[index] ?? 0) - (left[index] ?? 0);
}

/** Kind and length of the path, a method, headers, query parameters. */
function rankOf({ match = [] }: IstioRule): readonly number[] {
  const [{ uri = {}, method, headers = {}, queryParams = {} } = {}] = match;
  const kind = uri.exact !== undefined ? 3 : uri.regex !== undefined ? 2 : 1;
  const length = (uri.exact ?? uri.regex ?? uri.prefix ?? '').length;
  const counts = [Object.keys(headers).length, Object.keys(queryParams).length];
  return [kind, length, method === undefined ? 0 : 1, ...counts];
}
