/**
 * One request through ingress-nginx: server, location, redirects, rewrite, endpoints, allow lists, canary.
 * The first hit ends it. Sources: kubernetes/ingress-nginx:rootfs/etc/nginx/template/nginx.tmpl,
 * rootfs/etc/nginx/lua/lua_ingress.lua, balancer.lua, certificate.lua; docs/semantics/ingress.md N5.
 */

import type { Diagnostic } from '../../../diagnostics/diagnostic.ts';
import { cidrContains } from '../../../net/cidr.ts';
import { refTo } from '../../../source/ref.ts';
import { compilePattern } from '../../match.ts';
import { hostName, type RouteRequest, serverName, splitQuery } from '../../request.ts';
import { backendName, type Route, type RouteBackend, type Routing } from '../../route-table.ts';
import { PREFIX } from './annotations.ts';
import { type Asked, bestHost, type Decision, passScheme } from './asked.ts';
import { chooseCanary } from './canary.ts';
import { clientAddress, forwardedFor } from './client-address.ts';
import { allowsOrigin } from './cors.ts';
import { findBlock, needsRewrite } from './locations.ts';
import { losersOf } from './losers.ts';
import type { Block, Location } from './model.ts';
import { ownAnswer } from './own-locations.ts';
import { absoluteLocation, tlsRedirect, toAppRoot, toOtherName } from './redirects.ts';
import { CATCH_ALL } from './servers.ts';
import type { NginxTable } from './table.ts';
import { escapePath, normalisePath } from './uri.ts';
import { type Expanded, expandVariables } from './variables.ts';

/** What becomes of a request. */
export function decide(table: NginxTable, request: RouteRequest): Routing {
  const host = hostName(request.host);
  const { path: raw, query } = splitQuery(request.uri);
  const certificate =
    request.scheme === 'https' ? (table.certificateOf(serverName(request)) ?? 'default') : undefined;
  const served = certificate === undefined ? {} : { certificate };
  const path = normalisePath(raw);
  if (path === undefined) {
    return { status: 400, reason: 'nginx cannot resolve the path', losers: [], unmodelled: [], ...served };
  }
  const asked: Asked = { table, request, host, path, query };
  const chosen = table.choice.choose(host);
  if ('from' in chosen) return { ...toOtherName(asked, chosen.to), losers: [], unmodelled: [], ...served };
  const named = chosen.hostname === CATCH_ALL ? {} : { host: chosen.hostname };
  const blocks = table.blocksOf(chosen);
  const appRoot = path === '/' ? chosen.locations.find((each) => each.annotations?.appRoot) : undefined;
  if (appRoot !== undefined) {
    return { ...toAppRoot(asked, appRoot), losers: [], unmodelled: [], ...named, ...served };
  }
  const found = findBlock(blocks, path);
  const own = ownAnswer(asked, blocks, found);
  if (own !== undefined) return { ...own, losers: [], unmodelled: [], ...served };
  const { notes = [], ...decision } =
    found.block === undefined
      ? { status: 404, reason: 'no location matches' }
      : atBlock(asked, found.block, found.addsSlash);
  return {
    ...decision,
    losers: losersOf({ table, host, path, blocks, winner: found.block }),
    unmodelled: [
      ...notes,
      ...found.unread.map(unreadPath),
      ...new Set([...(found.block?.location.annotations?.unmodelled ?? []), ...chosen.unmodelled]),
    ],
    ...named,
    ...served,
  };
}

function unreadPath({ location, text }: Block): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `path ${text} is no regular expression of RE2: whether nginx takes it first is not known`,
    sources: location.route === undefined ? [] : [{ at: location.route.at, role: 'primary' }],
  };
}

function atBlock(asked: Asked, block: Block, addsSlash: boolean): Decision {
  const { location } = block;
  const { request, path, query } = asked;
  const { annotations, route } = location;
  const matched = route === undefined ? {} : { route };
  if (addsSlash) {
    const redirect = absoluteLocation(asked, location, `${escapePath(`${path}/`)}${query}`);
    return { status: 301, reason: `the location is ${path}/: nginx adds the slash`, redirect, ...matched };
  }
  if (annotations?.denied !== undefined) {
    return {
      status: 503,
      isClosed: true,
      reason: `the location is denied: ${annotations.denied} has a bad value`,
      ...matched,
    };
  }
  const isPreflight = annotations?.enableCors === true && request.method === 'OPTIONS';
  if (isPreflight && allowsOrigin(annotations.corsOrigins, request.headers.get('origin'))) {
    return { status: 204, reason: 'CORS preflight, answered by nginx', ...matched };
  }
  if (annotations?.redirect !== undefined) {
    const { url, code } = annotations.redirect;
    const redirect = absoluteLocation(asked, location, url);
    return { status: code, reason: 'redirect of the Ingress', redirect, ...matched };
  }
  const forwarded = forwardedUri(asked, location);
  if (forwarded === undefined) {
    const reason = `rewrite-target ${annotations?.rewriteTarget} leaves nothing of the path, which nginx refuses`;
    return { status: 500, reason, ...matched };
  }
  const redirect = tlsRedirect(asked, location);
  if (redirect !== undefined) return { ...redirect, ...matched };
  return { ...atUpstream(asked, location, forwarded), ...matched };
}

function atUpstream(asked: Asked, location: Location, forwarded: Forwarded): Decision {
  const { upstream, substitute } = location;
  const usable = upstream === undefined || isUsable(upstream.backend) || substitute !== undefined;
  if (upstream !== undefined && !usable) {
    const { backend } = upstream;
    return { status: 503, reason: `${backend.service} has no endpoint (${backend.state})` };
  }
  const refused = allowList(asked, location);
  if (refused.decision !== undefined) return refused.decision;
  if (upstream === undefined) return toDefaultBackend(asked, location, forwarded);
  const notes = refused.notes;
  if (substitute !== undefined) return { ...toSubstitute(location, substitute), notes };
  const host = upstreamHost(asked, location);
  const shared = {
    ...forwarded.change,
    ...hostChange(asked, host.text),
    requestHeaders: proxyHeaders(asked, location, host.text),
    ...protocolTo(location),
    notes: [...notes, ...forwarded.notes, ...unknownVariables(location, 'upstream-vhost', host)],
  };
  const choice = chooseCanary(upstream, asked.request);
  const { backend } = upstream;
  switch (choice.kind) {
    case 'main':
      return { status: 200, reason: handedReason(location), backend, ...shared };
    case 'canary':
      return {
        status: 200,
        reason: `canary, by ${choice.reason}`,
        backend: choice.alternative.upstream.backend,
        ...shared,
      };
    case 'share':
      return {
        status: 200,
        reason: `${choice.weight} of ${choice.total} go to the canary`,
        weights: shares(backend, choice.alternative.upstream.backend, choice),
        shared: [backend, choice.alternative.upstream.backend],
        ...shared,
      };
    case 'unknown':
      return {
        status: 200,
        reason: 'handed to the backend',
        backend,
        ...shared,
        notes: [...shared.notes, choice.diagnostic],
      };
  }
}

/** `--default-backend-service`; without one that has an endpoint the controller answers by itself. */
function toDefaultBackend(asked: Asked, location: Location, forwarded: Forwarded): Decision {
  const { defaultBackend } = asked.table;
  if (defaultBackend === undefined) return { status: 404, reason: "the controller's default backend" };
  const host = bestHost(asked);
  return {
    status: 200,
    reason: "the controller's default backend (--default-backend-service)",
    backend: defaultBackend,
    ...forwarded.change,
    ...hostChange(asked, host),
    requestHeaders: proxyHeaders(asked, location, host),
  };
}

function hostChange({ request }: Asked, host: string): Pick<Routing, 'rewrittenHost'> {
  return host === request.host ? {} : { rewrittenHost: host };
}

function upstreamHost(asked: Asked, location: Location): Expanded {
  const { upstreamVhost = '' } = location.annotations ?? {};
  if (upstreamVhost === '') return { text: bestHost(asked), unknown: [] };
  return expandVariables(upstreamVhost, asked, location);
}

function unknownVariables(
  { route }: Location,
  annotation: string,
  { unknown }: Expanded,
): readonly Diagnostic[] {
  if (unknown.length === 0 || route === undefined) return [];
  const at = refTo(route.ingress.origin, 'metadata', 'annotations', `${PREFIX}${annotation}`);
  const text = `${annotation} has ${unknown.join(' and ')}, a variable of nginx that is not known here`;
  return [{ code: 'unmodelled', severity: 'warning', text, sources: [{ at, role: 'primary' }] }];
}

/** HTTPS is not verified unless proxy-ssl-verify asks for it. */
function protocolTo({ annotations }: Location): Pick<Routing, 'backendProtocol'> {
  const { backendProtocol = 'HTTP' } = annotations ?? {};
  return backendProtocol === 'HTTP' ? {} : { backendProtocol };
}

function handedReason(location: Location): string {
  if (!needsRewrite(location)) return 'handed to the backend with the path as it is';
  const target = location.annotations?.rewriteTarget ?? '';
  return `handed to the backend; rewrite-target ${target} takes the place of the whole path`;
}

function isUsable({ state }: RouteBackend): boolean {
  return state === 'ready' || state === 'external-name';
}

function shares(
  main: RouteBackend,
  canary: RouteBackend,
  { weight, total }: { readonly weight: number; readonly total: number },
): NonNullable<Routing['weights']> {
  return new Map([
    [backendName(main), { numerator: total - weight, denominator: total }],
    [backendName(canary), { numerator: weight, denominator: total }],
  ]);
}

interface Refusal {
  readonly decision?: Decision;
  readonly notes: readonly Diagnostic[];
}

/** Denials are looked at first; without an address of the client nobody can tell. */
function allowList({ table, request }: Asked, { annotations, route }: Location): Refusal {
  const { allow, deny = [] } = annotations ?? {};
  const clientIp = clientAddress(table, request);
  if (allow === undefined && deny.length === 0) return { notes: [] };
  if (clientIp === undefined) return { notes: route === undefined ? [] : [clientUnknown(route)] };
  const isDenied = deny.some((cidr) => cidrContains(cidr, clientIp));
  if (isDenied)
    return { decision: { status: 403, reason: 'denylist-source-range has the client' }, notes: [] };
  const isAllowed = allow === undefined || allow.some((cidr) => cidrContains(cidr, clientIp));
  if (isAllowed) return { notes: [] };
  return { decision: { status: 403, reason: 'whitelist-source-range lacks the client' }, notes: [] };
}

function clientUnknown({ at }: Route): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'info',
    text: 'a list of source ranges guards this path: name the address that the controller sees (--client-ip)',
    sources: [{ at, role: 'primary' }],
  };
}

/** The annotation `default-backend`: it is told what the matter was. */
function toSubstitute({ route }: Location, substitute: RouteBackend): Decision {
  const { namespace = '', name = '' } = route?.ingress.metadata ?? {};
  return {
    status: 200,
    reason: 'the backend has no endpoint: default-backend of the Ingress takes its place',
    backend: substitute,
    requestHeaders: new Map([
      ['X-Code', '503'],
      ['X-Namespace', namespace],
      ['X-Ingress-Name', name],
      ['X-Service-Name', route?.backend.service.slice(namespace.length + 1) ?? ''],
      ['X-Service-Port', String(route?.backend.port ?? '')],
    ]),
  };
}

interface Forwarded {
  readonly change: Pick<Routing, 'rewrittenPath' | 'upstreamPath'>;
  readonly notes: readonly Diagnostic[];
}

/**
 * Without a rewrite the URI is sent as the client wrote it, though another form of it was matched.
 * @returns undefined where nothing is left: nginx answers 500 (src/http/ngx_http_script.c ngx_http_script_regex_end_code).
 */
function forwardedUri(asked: Asked, location: Location): Forwarded | undefined {
  const { request, path, query } = asked;
  if (!needsRewrite(location)) {
    const written = splitQuery(request.uri).path;
    return { change: escapePath(path) === written ? {} : { upstreamPath: request.uri }, notes: [] };
  }
  const groups = compilePattern(location.path, 'ignore-case')?.match(path);
  const target = location.annotations?.rewriteTarget ?? '';
  if (groups === undefined) {
    const at = location.route?.at;
    const sources = at === undefined ? [] : [{ at, role: 'primary' as const }];
    const text = `path ${location.path} is no regular expression of RE2: its rewrite is not known`;
    return { change: {}, notes: [{ code: 'unmodelled', severity: 'warning', text, sources }] };
  }
  // What the client wrote is no variable: those of the target come first.
  const parts = target.split(/(\$[1-9])/).map((part) => ({ part, group: /^\$([1-9])$/.exec(part)?.[1] }));
  const expanded = parts.map(({ part, group }) =>
    group === undefined
      ? expandVariables(part, asked, location)
      : { text: groups[Number(group)] ?? '', unknown: [] },
  );
  const rewritten = expanded.map(({ text }) => text).join('');
  if (rewritten === '') return undefined;
  const unknown = { text: rewritten, unknown: expanded.flatMap((each) => each.unknown) };
  const uri = `${escapePath(rewritten)}${query}`;
  return {
    change: uri === request.uri ? {} : { rewrittenPath: uri },
    notes: unknownVariables(location, 'rewrite-target', unknown),
  };
}

function proxyHeaders(asked: Asked, location: Location, host: string): ReadonlyMap<string, string> {
  const { table, request } = asked;
  const client = clientAddress(table, request)?.text;
  const chain = forwardedFor(table, request);
  const prefix = needsRewrite(location) ? (location.annotations?.xForwardedPrefix ?? '') : '';
  return new Map([
    ['Host', host],
    ...(client === undefined ? [] : ([['X-Real-IP', client]] as const)),
    ...(chain === undefined ? [] : ([['X-Forwarded-For', chain]] as const)),
    ['X-Forwarded-Host', bestHost(asked)],
    ['X-Forwarded-Proto', passScheme(asked)],
    ['X-Forwarded-Scheme', passScheme(asked)],
    ...(prefix === '' ? [] : ([['X-Forwarded-Prefix', prefix]] as const)),
  ]);
}
