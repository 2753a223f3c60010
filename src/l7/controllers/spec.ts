/**
 * What the Ingress API promises, and no more: the best host, then the longest path, Exact before Prefix. Sources:
 * kubernetes/api:networking/v1/types.go, kubernetes/website:content/en/docs/concepts/services-networking/ingress.md.
 */

import { compareText } from '../../collections/order.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { PathType } from '../../k8s/kinds/ingress.ts';
import { servicePortOnly } from '../backends.ts';
import { hostName, hostPatterns, isOddPath, type RouteRequest, serverName, splitQuery } from '../request.ts';
import type { Loser, Route, RouteHost, Routing } from '../route-table.ts';
import { allRoutes, ingressRoutes } from '../sources/ingress.ts';
import { type CertificateLookup, certificateLookup } from '../tls.ts';
import type { Controller, ControllerKind } from './controller.ts';

const specController: Controller = ({ control, ingresses }) => {
  const sources = ingresses.map((ingress) => ingressRoutes(control, ingress, servicePortOnly));
  const byHost = new Map<string, Route[]>();
  for (const { rules } of sources) {
    for (const { rule, routes } of rules) {
      const host = rule.host === '' ? '*' : rule.host;
      const known = byHost.get(host);
      if (known === undefined) byHost.set(host, [...routes]);
      else known.push(...routes);
    }
  }
  const hosts = new Map([...byHost].map(([host, routes]) => [host, routes.sort(byPrecedence)]));
  const defaults = sources.flatMap(({ defaultRoute }) => defaultRoute ?? []);
  const certificates = certificateLookup(control.cluster.objects);
  const table: SpecTable = { hosts, defaults, certificates, ingresses };
  return {
    controller: 'spec',
    hosts: [...hosts.keys()].sort(byHostPrecedence).map((host) => routeHost(table, host)),
    routes: sources.flatMap(allRoutes),
    findings: [],
    refusals: [],
    route: (request) => routeBySpec(table, request),
  };
};

/** A controller that nobody knows: some pod behind a load balancer. */
export const specKind: ControllerKind = {
  isKnown: false,
  table: specController,
  isPod: () => false,
  install: {
    namespace: 'ingress-controller',
    name: 'ingress-controller',
    labels: new Map([['app', 'ingress-controller']]),
    externalTrafficPolicy: 'Cluster',
    ports: [
      { name: 'http', port: 80, containerPort: 80 },
      { name: 'https', port: 443, containerPort: 443 },
    ],
  },
};

interface SpecTable {
  /** By host as it is written, `*` for every host; the routes in the order in which they count. */
  readonly hosts: ReadonlyMap<string, readonly Route[]>;
  readonly defaults: readonly Route[];
  readonly certificates: CertificateLookup;
  readonly ingresses: Parameters<Controller>[0]['ingresses'];
}

function byPrecedence(a: Route, b: Route): number {
  return trimmed(b.path).length - trimmed(a.path).length || rank(a.pathType) - rank(b.pathType);
}

function rank(pathType: PathType | undefined): number {
  return pathType === 'Exact' ? 0 : pathType === 'Prefix' ? 1 : 2;
}

function byHostPrecedence(a: string, b: string): number {
  const level = (host: string) => (host === '*' ? 2 : host.startsWith('*.') ? 1 : 0);
  return level(a) - level(b) || compareText(a, b);
}

function routeHost(table: SpecTable, host: string): RouteHost {
  const certificate = specCertificate(table, host);
  return {
    names: [host],
    ...(certificate === undefined ? {} : { certificate }),
    entries: (table.hosts.get(host) ?? []).map((route) => ({
      matcher: `${route.pathType} ${route.path}`,
      route,
    })),
  };
}

/** The Secret of the TLS entry that lists the host, by name or by wildcard. */
function specCertificate({ ingresses }: SpecTable, host: string): string | undefined {
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  for (const { metadata, body } of ingresses) {
    const entry =
      body.tls.find(({ hosts }) => hosts.includes(host)) ??
      body.tls.find(({ hosts }) => hosts.includes(wildcard));
    if (entry !== undefined && entry.secretName !== '') return `${metadata.namespace}/${entry.secretName}`;
  }
  return undefined;
}

function routeBySpec(table: SpecTable, request: RouteRequest): Routing {
  const host = hostName(request.host);
  const { path } = splitQuery(request.uri);
  const candidates = hostPatterns(host).filter((name) => table.hosts.has(name));
  const [best] = candidates;
  const matching = candidates.flatMap((name) =>
    (table.hosts.get(name) ?? []).filter((route) => matchesPath(route, path) === 'yes'),
  );
  const unmodelled = candidates
    .slice(0, 1)
    .flatMap((name) => table.hosts.get(name) ?? [])
    .filter((route) => matchesPath(route, path) === 'unknown')
    .map(controllerDecides);
  const ofBest = matching.filter((route) => route.host === best);
  const winner = ofBest[0] ?? ownDefault(table, best) ?? table.defaults[0];
  const certificate = request.scheme === 'https' ? specCertificate(table, serverName(request)) : undefined;
  const shared = {
    unmodelled: [...unmodelled, ...pathDoubts(path)],
    ...(best === undefined || best === '*' ? {} : { host: best }),
    ...(certificate === undefined ? {} : { certificate }),
  };
  if (winner === undefined) {
    return { status: 404, reason: notFound(best, path), losers: [], ...shared };
  }
  const losers = matching.filter((route) => route !== winner).map((route) => loser(route, winner));
  return { ...handedOver(winner), route: winner, losers, ...shared };
}

/** The API does not say in which form a path is compared. */
function pathDoubts(path: string): readonly Diagnostic[] {
  if (!isOddPath(path)) return [];
  const text = `the path is compared as it is written; a controller may merge //, resolve .. or decode escapes in ${path} first`;
  return [{ code: 'unmodelled', severity: 'warning', text, sources: [] }];
}

function notFound(host: string | undefined, path: string): string {
  return host === undefined ? 'no rule is for this host' : `no rule of ${host} matches ${path}`;
}

/** The default backend of an Ingress that has rules for the host, if only to send all of it there. */
function ownDefault({ defaults }: SpecTable, host: string | undefined): Route | undefined {
  return defaults.find(({ ingress }) =>
    ingress.body.rules.some((rule) => (rule.host === '' ? '*' : rule.host) === host),
  );
}

function handedOver(route: Route): Pick<Routing, 'status' | 'reason' | 'backend'> {
  const { state } = route.backend;
  if (state === 'ready' || state === 'external-name') {
    return { status: 200, reason: 'handed to the backend', backend: route.backend };
  }
  return { status: 503, reason: `the backend has no endpoint (${state})` };
}

function loser(route: Route, winner: Route): Loser {
  return { route, beatenBy: winner, reason: whyBeaten(route, winner) };
}

function whyBeaten(route: Route, winner: Route): string {
  if (winner.host !== route.host) return `${winner.host} is the more specific host`;
  if (trimmed(winner.path).length > trimmed(route.path).length) return `${winner.path} is longer`;
  if (rank(winner.pathType) < rank(route.pathType)) return `${winner.pathType} beats ${route.pathType}`;
  return 'the same host and path: the API does not say who wins; the first of the input is shown';
}

/** `unknown`: ImplementationSpecific paths mean what the controller likes; all take an equal path. */
function matchesPath({ path, pathType }: Route, asked: string): 'yes' | 'no' | 'unknown' {
  if (pathType === 'Exact') return path === asked ? 'yes' : 'no';
  const wanted = elements(path);
  const given = elements(asked);
  const isPrefix = wanted.every((element, index) => element === given[index]);
  if (pathType === 'Prefix') return isPrefix ? 'yes' : 'no';
  return isPrefix ? 'yes' : 'unknown';
}

function elements(path: string): readonly string[] {
  const rest = trimmed(path).slice(1);
  return rest === '' ? [] : rest.split('/');
}

/** A trailing slash is ignored. */
function trimmed(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

function controllerDecides({ path, at }: Route): Diagnostic {
  return {
    code: 'unmodelled',
    severity: 'warning',
    text: `ImplementationSpecific path ${path}: the controller decides whether it matches`,
    sources: [{ at, role: 'primary' }],
  };
}
