/**
 * Ingresses to servers and locations, as the controller builds them. Source:
 * kubernetes/ingress-nginx:internal/ingress/controller/controller.go createUpstreams, createServers,
 * getBackendServers, mergeAlternativeBackends.
 */

import type { ControlPlane } from '../../../control/control-plane.ts';
import type { SourceRef } from '../../../source/ref.ts';
import { orTargetPort, readyEndpoints, resolveService, viaClusterIp } from '../../backends.ts';
import type { Route, RouteBackend } from '../../route-table.ts';
import type { IngressRoutes } from '../../sources/ingress.ts';
import { type CertificateLookup, nginxCertificate } from '../../tls.ts';
import type { NginxAnnotations } from './annotations.ts';
import type { Location, Server, Upstream } from './model.ts';

/** An Ingress that the controller took in. */
export interface Admitted {
  readonly routes: IngressRoutes;
  readonly annotations: NginxAnnotations;
}

export const CATCH_ALL = '_';
const ROOT = '/';

/** The servers, by host name. */
export function buildServers(
  control: ControlPlane,
  admitted: readonly Admitted[],
  certificates: CertificateLookup,
): ReadonlyMap<string, Server> {
  const upstreams = createUpstreams(admitted);
  const servers = createServers(admitted, upstreams);
  addNamesAndCertificates(admitted, servers, certificates);
  for (const each of admitted) addLocations(each, { upstreams, servers });
  if (admitted.some(({ annotations }) => annotations.canary === undefined)) {
    for (const each of admitted)
      if (each.annotations.canary !== undefined) mergeCanary(each, { upstreams, servers });
  }
  for (const server of servers.values()) finishServer(server, control);
  return servers;
}

interface Building {
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly servers: ReadonlyMap<string, Server>;
}

function upstreamName({ service, port }: RouteBackend): string {
  return `${service}:${port}`;
}

/** The first Ingress that names a Service and port makes the upstream, as a canary or not. */
function createUpstreams(admitted: readonly Admitted[]): ReadonlyMap<string, Upstream> {
  const upstreams = new Map<string, Upstream>();
  for (const { routes, annotations } of admitted) {
    const add = ({ backend }: Route) => {
      const name = upstreamName(backend);
      const policy = annotations.canary;
      upstreams.set(name, {
        name,
        noServer: policy !== undefined,
        ...(policy === undefined ? {} : { policy }),
        backend: annotations.serviceUpstream ? viaClusterIp(backend) : backend,
        alternatives: [],
      });
    };
    const { defaultRoute } = routes;
    if (defaultRoute !== undefined && defaultRoute.backend.state !== 'resource') add(defaultRoute);
    for (const route of routes.rules.flatMap((rule) => rule.routes)) {
      if (route.backend.state !== 'resource' && !upstreams.has(upstreamName(route.backend))) add(route);
    }
  }
  return upstreams;
}

function newServer(hostname: string, root: Omit<Location, 'path' | 'exact' | 'isDefault'>): Server {
  const location: Location = { path: ROOT, exact: false, isDefault: true, ...root };
  return {
    hostname,
    locations: [location],
    firstOf: new Map([[ROOT, location]]),
    aliases: [],
    certificate: undefined,
    fromToWww: false,
    ignored: [],
    unmodelled: [],
  };
}

function createServers(
  admitted: readonly Admitted[],
  upstreams: ReadonlyMap<string, Upstream>,
): Map<string, Server> {
  const none = { route: undefined, upstream: undefined, annotations: undefined };
  const catchAll = newServer(CATCH_ALL, none);
  const servers = new Map([[CATCH_ALL, catchAll]]);
  for (const { routes, annotations } of admitted) {
    if (annotations.canary !== undefined) continue;
    const root = { ...rootOf(routes, upstreams), annotations };
    const { rules } = routes.ingress.body;
    if (root.route !== undefined && rules.length === 0)
      takeCatchAll(catchAll, { ...root, route: root.route });
    for (const { host } of rules) {
      const hostname = host || CATCH_ALL;
      if (!servers.has(hostname)) servers.set(hostname, newServer(hostname, root));
    }
  }
  return servers;
}

/** The default backend of an Ingress: the root of the hosts that it is the first to name. */
function rootOf(
  { defaultRoute }: IngressRoutes,
  upstreams: ReadonlyMap<string, Upstream>,
): Pick<Location, 'route' | 'upstream'> {
  const upstream = defaultRoute === undefined ? undefined : upstreams.get(upstreamName(defaultRoute.backend));
  return { route: upstream === undefined ? undefined : defaultRoute, upstream };
}

/** An Ingress without rules is the root of the catch-all; its redirects and rewrites do not count there. */
function takeCatchAll(
  { locations: [root], ignored }: Server,
  {
    route,
    upstream,
    annotations,
  }: Required<Pick<Location, 'upstream' | 'annotations'>> & { readonly route: Route },
): void {
  if (root === undefined) return;
  if (!root.isDefault) {
    ignored.push({ route, beatenBy: root.route, reason: 'an older Ingress without rules is the catch-all' });
    return;
  }
  root.isDefault = false;
  root.route = route;
  root.upstream = upstream;
  const { redirect: _, ...kept } = annotations ?? {};
  root.annotations =
    annotations === undefined ? undefined : { ...(kept as NginxAnnotations), rewriteTarget: '' };
}

function addNamesAndCertificates(
  admitted: readonly Admitted[],
  servers: ReadonlyMap<string, Server>,
  certificates: CertificateLookup,
): void {
  for (const { routes, annotations } of admitted) {
    if (annotations.canary !== undefined) continue;
    for (const { rule } of routes.rules) {
      const server = servers.get(rule.host || CATCH_ALL);
      if (server === undefined) continue;
      if (server.aliases.length === 0) server.aliases = annotations.aliases;
      server.unmodelled.push(...annotations.unmodelledOfHost);
      server.certificate ??= nginxCertificate(routes.ingress, rule.host, certificates);
    }
  }
  // An alias that is another server's host is no alias.
  for (const server of servers.values()) {
    server.aliases = server.aliases.filter((alias) => !servers.has(alias));
  }
}

function addLocations(admitted: Admitted, building: Building): void {
  for (const { rule, routes } of admitted.routes.rules) {
    const server = building.servers.get(rule.host || CATCH_ALL) ?? building.servers.get(CATCH_ALL);
    if (server !== undefined)
      for (const route of routes) placeRoute(server, route, { ...building, ...admitted });
  }
}

/** A rule gets a location unless its backend is none of ingress-nginx's, or was made for a canary. */
function placeRoute(
  server: Server,
  route: Route,
  { upstreams, annotations }: Pick<Building, 'upstreams'> & Pick<Admitted, 'annotations'>,
): void {
  const upstream = upstreams.get(upstreamName(route.backend));
  const ignore = (reason: string) => void server.ignored.push({ route, beatenBy: undefined, reason });
  if (route.backend.state === 'resource' || upstream === undefined) {
    ignore('ingress-nginx serves no resource backend');
  } else if (!upstream.noServer) {
    addLocation(server, route, { upstream, annotations });
  } else if (annotations.canary === undefined) {
    ignore('an older canary has the same Service and port');
  }
}

/**
 * The search for a location of the same path and type stops at the first one of the same path: with an Exact one
 * before it a second Prefix one goes unseen, and nginx refuses the configuration.
 */
function addLocation(
  server: Server,
  route: Route,
  { upstream, annotations }: { readonly upstream: Upstream; readonly annotations: NginxAnnotations },
): void {
  const exact = route.pathType === 'Exact';
  const same = server.firstOf.get(route.path);
  if (same === undefined || same.exact !== exact) {
    const location: Location = { path: route.path, exact, route, upstream, isDefault: false, annotations };
    server.locations.push(location);
    if (same === undefined) server.firstOf.set(route.path, location);
  } else if (same.isDefault) {
    Object.assign(same, { route, upstream, annotations, isDefault: false });
  } else {
    const reason = 'another Ingress, taken first, has the same host, path and type';
    const own =
      same.route?.ingress === route.ingress ? 'the same path stands earlier in the Ingress' : reason;
    server.ignored.push({ route, beatenBy: same.route, reason: own });
    return;
  }
  server.fromToWww ||= annotations.fromToWww;
}

function mergeCanary({ routes }: Admitted, { upstreams, servers }: Building): void {
  const { defaultRoute } = routes;
  if (defaultRoute !== undefined) {
    mergeInto(servers.get(CATCH_ALL), defaultRoute, { upstreams, fits: () => true });
  }
  for (const { rule, routes: ofRule } of routes.rules) {
    const server = servers.get(rule.host || CATCH_ALL);
    for (const route of ofRule) {
      const exact = route.pathType === 'Exact';
      const fits = (location: Location) => location.path === route.path && location.exact === exact;
      mergeInto(server ?? servers.get(CATCH_ALL), route, {
        upstreams,
        fits: server === undefined ? () => false : fits,
      });
    }
  }
}

/** A canary belongs to the upstream of the location that it fits, and so to every location of that upstream. */
function mergeInto(
  server: Server | undefined,
  route: Route,
  { upstreams, fits }: Pick<Building, 'upstreams'> & { readonly fits: (location: Location) => boolean },
): void {
  const canary = upstreams.get(upstreamName(route.backend));
  if (server === undefined || canary === undefined) return;
  const hosts = server.locations.filter(
    (location) =>
      fits(location) &&
      location.upstream !== undefined &&
      location.upstream !== canary &&
      !location.upstream.noServer,
  );
  for (const { upstream } of hosts) {
    if (upstream !== undefined && !upstream.alternatives.some((each) => each.upstream === canary)) {
      upstream.alternatives.push({ upstream: canary, route });
    }
  }
  if (hosts.length === 0) {
    const reason = 'a canary needs an Ingress that is none, with the same host, path and type';
    server.ignored.push({ route, beatenBy: undefined, reason });
  }
}

/** Longest path first, then the later in the alphabet; and who stands in for a backend without endpoints. */
function finishServer(server: Server, control: ControlPlane): void {
  server.locations.sort(
    (a, b) => b.path.length - a.path.length || (a.path < b.path ? 1 : a.path > b.path ? -1 : 0),
  );
  for (const location of server.locations) {
    const { route, upstream, annotations } = location;
    if (route === undefined || upstream === undefined || !annotations?.defaultBackend) continue;
    if (upstream.backend.endpoints.length > 0 || upstream.backend.state === 'external-name') continue;
    const substitute = firstPort(
      control,
      `${route.ingress.metadata.namespace}/${annotations.defaultBackend}`,
      route.at,
    );
    if (substitute !== undefined) location.substitute = substitute;
  }
}

/** A Service's first port, where it has an endpoint. @param at who names it. */
export function firstPort(control: ControlPlane, key: string, at: SourceRef): RouteBackend | undefined {
  const service = control.serviceByKey.get(key as `${string}/${string}`);
  const [port] = service?.body.ports ?? [];
  if (service === undefined || port === undefined || readyEndpoints(control, service, port).length === 0)
    return undefined;
  return resolveService(control, { service: key, port: port.port, at }, orTargetPort);
}
