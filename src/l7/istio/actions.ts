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

/** Request headers as the next proxy gets them. */
export function changedHeaders(
  headers: ReadonlyMap<string, string>,
  operations: readonly (HeaderOperations | undefined)[],
): ReadonlyMap<string, string> {
  const changed = new Map(headers);
  for (const request of operations.map((each) => each?.request)) {
    if (request === undefined) continue;
    for (const [name, value] of request.set) changed.set(name.toLowerCase(), value);
    for (const [name, value] of request.add) {
      const key = name.toLowerCase();
      const before = changed.get(key);
      changed.set(key, before === undefined ? value : `${before},${value}`);
    }
    for (const name of request.remove) changed.delete(name.toLowerCase());
  }
  return changed;
}
