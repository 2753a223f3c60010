/**
 * What a route does to a request before it goes on, and what it answers instead.
 * Source: istio/istio:pilot/pkg/networking/core/route/route.go ApplyRedirect, applyHTTPRouteDestination,
 * envoyproxy/envoy:source/common/router/config_impl.cc newUri, finalizeRequestHeaders.
 * Rules: docs/semantics/istio.md 7.8 to 7.10.
 */

import type { HeaderOperations } from '../../k8s/istio-parts/headers.ts';
import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { HttpRule, Redirect } from '../../k8s/istio-parts/http-rule.ts';
import { compileReplacement } from '../match.ts';
import type { HttpView } from './http-conditions.ts';

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

export interface Rewritten {
  readonly path?: string;
  readonly authority?: string;
}

/** @returns what of path and authority changes; undefined: nothing is rewritten. */
export function rewriteOf(
  { rewrite, headers }: HttpRule,
  match: HttpMatch | undefined,
  view: HttpView,
): Rewritten | undefined {
  const authority = rewrite?.authority || authorityIn(headers);
  const path = rewrite === undefined ? undefined : rewrittenPath(rewrite, match, view);
  if (path === undefined && authority === undefined) return undefined;
  return {
    ...(path === undefined ? {} : { path: `${path}${view.query}` }),
    ...(authority === undefined ? {} : { authority }),
  };
}

/** The Host that `headers.request` sets: what is set wins over what is added. */
function authorityIn(headers: HeaderOperations | undefined): string | undefined {
  for (const values of [headers?.request?.set, headers?.request?.add]) {
    for (const [name, value] of values ?? []) {
      if (value !== '' && ['host', ':authority'].includes(name.toLowerCase())) return value;
    }
  }
  return undefined;
}

/** The matched prefix is replaced, or all of an exact path or of one that a regular expression matches. */
function rewrittenPath(
  { uri, regex }: NonNullable<HttpRule['rewrite']>,
  match: HttpMatch | undefined,
  { path }: HttpView,
): string | undefined {
  if (regex !== undefined) return compileReplacement(regex.match, regex.rewrite)?.(path);
  if (uri === '') return undefined;
  const matched = match?.uri;
  if (matched?.kind === 'exact' || matched?.kind === 'regex') return uri;
  // Without a condition on the path, it is the prefix `/` that matches.
  const prefix = matched?.kind === 'prefix' ? matched.value : '/';
  return `${uri}${path.slice(prefix.length)}`;
}

export interface RedirectContext {
  /** Of the listener, or of the Gateway's server. */
  readonly port: number;
  readonly isTls: boolean;
}

/** The Location header of a redirect. */
export function redirectLocation(redirect: Redirect, view: HttpView, context: RedirectContext): string {
  const scheme = redirect.scheme || view.scheme;
  const port = redirectPort(redirect, context);
  const host = redirect.authority || requestHost(view, scheme, port);
  const hasQuery = redirect.uri.includes('?');
  const path = redirect.uri === '' ? view.path : redirect.uri;
  return `${scheme}://${host}${port === undefined ? '' : `:${port}`}${path}${hasQuery ? '' : view.query}`;
}

/** undefined: none is written. */
function redirectPort({ port, derivePort, scheme }: Redirect, context: RedirectContext): number | undefined {
  const asked = port ?? (derivePort === 'FROM_REQUEST_PORT' ? context.port : undefined);
  const byDefault = DEFAULT_PORTS[scheme || (context.isTls ? 'https' : 'http')];
  return asked === byDefault ? undefined : asked;
}

/** The client's own Host; its port goes where another one comes, or where it was the old scheme's. */
function requestHost(
  { authority, scheme: before }: HttpView,
  scheme: string,
  port: number | undefined,
): string {
  const colon = /:\d+$/.exec(authority)?.index;
  if (colon === undefined) return authority;
  const own = Number(authority.slice(colon + 1));
  const isOldDefault = scheme !== before && own === DEFAULT_PORTS[before];
  return port !== undefined || isOldDefault ? authority.slice(0, colon) : authority;
}

/** A duration of no time is no timeout. */
export function timeoutOf({ timeout }: HttpRule): string | undefined {
  return timeout === undefined || /^0+(?:\.0*)?[a-z]*$/.test(timeout) ? undefined : timeout;
}

/** Names of the Host, which is rewritten, and is no header that can be added or taken away. */
function isHost(name: string): boolean {
  return name.startsWith(':') || name.toLowerCase() === 'host';
}

/**
 * Request headers after operations that Envoy has in one list: what is removed goes first, then values are set, then
 * added (envoyproxy/envoy:source/common/router/header_parser.cc evaluateHeaders).
 */
function changedHeaders(
  headers: ReadonlyMap<string, string>,
  operations: readonly (HeaderOperations | undefined)[],
): ReadonlyMap<string, string> {
  const changes = operations.flatMap((each) => each?.request ?? []);
  const changed = new Map(headers);
  for (const name of changes.flatMap(({ remove }) => remove))
    if (!isHost(name)) changed.delete(name.toLowerCase());
  for (const [name, value] of changes.flatMap(({ set }) => [...set])) {
    if (!isHost(name)) changed.set(name.toLowerCase(), value);
  }
  for (const [name, value] of changes.flatMap(({ add }) => [...add])) {
    const key = name.toLowerCase();
    const before = changed.get(key);
    if (!isHost(name)) changed.set(key, before === undefined ? value : `${before},${value}`);
  }
  return changed;
}

/** The part of a request that a rule changes. */
export interface SentRequest {
  /** Path and query. */
  readonly uri: string;
  readonly authority: string;
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * The request as one of a rule's destinations gets it. A destination alone has its operations in one list with the
 * rule's; one of several has a list of its own, which comes first. The Host that the rule writes goes before the
 * destination's (route.go processDestination, processWeightedDestination).
 */
export function sentRequest(
  request: SentRequest,
  { headers, route }: Pick<HttpRule, 'headers' | 'route'>,
  { rewrite, own }: { readonly rewrite: Rewritten | undefined; readonly own: HeaderOperations | undefined },
): SentRequest {
  const changed =
    route.length === 1
      ? changedHeaders(request.headers, [headers, own])
      : changedHeaders(changedHeaders(request.headers, [own]), [headers]);
  return {
    uri: rewrite?.path ?? request.uri,
    authority: rewrite?.authority ?? authorityIn(own) ?? request.authority,
    headers: changed,
  };
}
