/**
 * One request through Traefik: its entry point, the router with the highest priority, and what its Service is dialled by.
 * Sources: traefik/traefik:pkg/muxer/http/mux.go, pkg/middlewares/forwardedheaders/forwarded_header.go,
 * pkg/provider/kubernetes/ingress/kubernetes.go getProtocol; docs/semantics/ingress.md T1 to T6.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { viaClusterIp } from '../../backends.ts';
import { hostName, hostPatterns, type RouteRequest, serverName, splitQuery } from '../../request.ts';
import { backendName, type Loser, type RouteBackend, type Routing, routeName } from '../../route-table.ts';
import { serviceOptions } from './annotations.ts';
import type { Router } from './routers.ts';
import type { TraefikSettings } from './settings.ts';

export interface TraefikTable {
  readonly settings: TraefikSettings;
  /** Those of a host as it is written, highest priority first; `*` has those of every host. */
  readonly byHost: ReadonlyMap<string, readonly Router[]>;
  /** `shop/web-tls` by the host of a TLS entry. */
  readonly certificates: ReadonlyMap<string, string>;
}

/** What becomes of a request. */
export function decide(table: TraefikTable, request: RouteRequest): Routing {
  const served = request.scheme === 'https' ? { certificate: certificateOf(table, serverName(request)) } : {};
  if (request.scheme === 'http' && table.settings.redirect !== undefined) {
    return { ...toHttps(request, table.settings.redirect), losers: [], unmodelled: [], ...served };
  }
  const host = hostName(request.host);
  const path = routingPath(splitQuery(request.uri).path);
  const names = hostPatterns(host).filter((name) => table.byHost.has(name));
  const atEntry = names
    .flatMap((name) => table.byHost.get(name) ?? [])
    .filter((router) => isAtEntryPoint(router, request, table.settings));
  const unread = atEntry.filter((router) => router.matchesPath(path) === undefined);
  const matching = atEntry
    .filter((router) => router.matchesPath(path) === true)
    .sort((a, b) => b.priority - a.priority);
  const made = matching.filter(({ leftOut }) => leftOut === undefined);
  const [winner] = made;
  const named = names[0] === undefined || names[0] === '*' ? {} : { host: names[0] };
  if (winner === undefined) {
    const [first, ...others] = matching;
    return {
      ...noRouter(first, host, path),
      losers: others.map(({ route, leftOut = '' }) => ({ route, reason: withoutRouter(leftOut) })),
      unmodelled: unread.map(unreadRule),
      ...named,
      ...served,
    };
  }
  return {
    ...atService(winner, table.settings, request),
    route: winner.route,
    losers: matching.filter((router) => router !== winner).map((router) => loser(router, winner)),
    unmodelled: [
      ...unread.map(unreadRule),
      ...made
        .slice(1)
        .filter((router) => isTie(router, winner))
        .map((router) => tie(router, winner)),
      ...winner.options.unmodelled,
    ],
    ...(winner.route.host === '*' ? {} : { host: winner.route.host }),
    ...served,
  };
}

/** Routers without TLS do not take requests over TLS, and the other way round. */
function isAtEntryPoint({ options }: Router, { scheme }: RouteRequest, settings: TraefikSettings): boolean {
  const entryPoint = scheme === 'https' ? 'websecure' : 'web';
  if (options.entryPoints !== undefined && !options.entryPoints.includes(entryPoint)) return false;
  return scheme === 'https' ? options.tls || settings.tlsByDefault : !options.tls;
}

function toHttps({ host, uri, method }: RouteRequest, how: 'permanent' | 'temporary') {
  const [get, other] = how === 'permanent' ? [301, 308] : [302, 307];
  return {
    status: method === 'GET' ? get : other,
    reason: 'entry point web redirects to https',
    redirect: `https://${hostName(host)}${uri}`,
  };
}

/** Decoded but for reserved characters, with dots and slashes resolved (pkg/server/server_entrypoint_tcp.go, v3.4). */
function routingPath(path: string): string {
  const decoded = path.includes('%') ? unescaped(path) : path;
  if (!/\/\/|\/\.{1,2}(\/|$)/.test(decoded)) return decoded;
  const kept: string[] = [];
  const parts = decoded.split('/').slice(1);
  for (const part of parts) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  const end = kept.length > 0 && ['', '.', '..'].includes(parts.at(-1) ?? '') ? '/' : '';
  return `/${kept.join('/')}${end}`;
}

function unescaped(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function noRouter(
  leftOut: Router | undefined,
  host: string,
  path: string,
): Pick<Routing, 'status' | 'reason' | 'route'> {
  if (leftOut === undefined) return { status: 404, reason: `no router matches ${host}${path}` };
  const { route } = leftOut;
  return { status: 404, reason: `${routeName(route)} has no router: ${leftOut.leftOut}`, route };
}

function withoutRouter(why: string): string {
  return `it has no router: ${why}`;
}

function loser(router: Router, winner: Router): Loser {
  const { route, leftOut, priority } = router;
  if (leftOut !== undefined) return { route, reason: withoutRouter(leftOut) };
  const shared = { route, beatenBy: winner.route };
  if (!Number.isFinite(priority)) return { ...shared, reason: 'a default backend comes last' };
  if (isTie(router, winner)) return { ...shared, reason: 'the same priority: Traefik does not say who wins' };
  if (winner.options.priority === undefined && router.options.priority === undefined) {
    return { ...shared, reason: `its rule has ${priority} characters, ${winner.rule.length} win` };
  }
  return { ...shared, reason: `priority ${winner.priority} is above ${priority}` };
}

function isTie(router: Router, winner: Router): boolean {
  return (
    Number.isFinite(winner.priority) &&
    router.priority === winner.priority &&
    backendName(router.route.backend) !== backendName(winner.route.backend)
  );
}

function tie({ route, priority }: Router, winner: Router): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${routeName(route)} and ${routeName(winner.route)} match with the same priority ${priority}: Traefik does not say who wins`,
    sources: [
      { at: winner.route.at, role: 'primary' },
      { at: route.at, role: 'context' },
    ],
  };
}

function unreadRule({ rule, route }: Router): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `${rule} is no regular expression of RE2: whether it matches is not known`,
    sources: [{ at: route.at, role: 'primary' }],
  };
}

function atService({ route }: Router, settings: TraefikSettings, request: RouteRequest) {
  const { found } = route.backend;
  const { nativeLb, scheme, passHostHeader } = serviceOptions(found?.service.annotations ?? new Map());
  const backend = (nativeLb ?? settings.nativeLbByDefault) ? viaClusterIp(route.backend) : route.backend;
  if (backend.state === 'no-endpoints') {
    return {
      status: 503,
      reason: `Service ${backend.service} has no endpoint, which allowEmptyServices lets in`,
    };
  }
  const protocol = protocolTo(backend, scheme);
  return {
    status: 200,
    reason: 'handed to the Service',
    backend,
    requestHeaders: forwardedHeaders(request),
    ...(passHostHeader ? {} : hostOf(backend)),
    ...(protocol === 'HTTP' ? {} : { backendProtocol: protocol }),
  };
}

/** Without the client's Host header the server's own address is sent. */
function hostOf({ endpoints }: RouteBackend): Pick<Routing, 'rewrittenHost'> {
  const [first] = endpoints;
  return first === undefined ? {} : { rewrittenHost: `${first.ip.text}:${first.port}` };
}

/** https for port 443 and for names that begin so. */
function protocolTo({ found }: RouteBackend, scheme: string | undefined): string {
  if (scheme !== undefined) return scheme.toUpperCase();
  return found?.port?.port === 443 || found?.port?.name.startsWith('https') === true ? 'HTTPS' : 'HTTP';
}

/** What the client sends of these is not believed, unless the entry point says so. */
function forwardedHeaders({ clientIp, host, scheme }: RouteRequest): ReadonlyMap<string, string> {
  const client = clientIp?.text;
  return new Map([
    ...(client === undefined ? [] : ([['X-Real-Ip', client]] as const)),
    ...(client === undefined ? [] : ([['X-Forwarded-For', client]] as const)),
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Port', scheme === 'https' ? '443' : '80'],
    ['X-Forwarded-Proto', scheme],
  ]);
}

/** By name, then by its wildcard, else Traefik's own. */
function certificateOf({ certificates }: TraefikTable, name: string): string {
  return certificates.get(name) ?? certificates.get(name.replace(/^[^.]+\./, '*.')) ?? 'default';
}
