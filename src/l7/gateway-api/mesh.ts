/**
 * Routes with a Service as their parent, which meshes apply at the client (GAMMA). Source:
 * kubernetes-sigs/gateway-api:geps/gep-1294, geps/gep-1324, conformance/tests/mesh.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import { groupBy } from '../../collections/grouping.ts';
import { once } from '../../collections/once.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { ParentRef } from '../../k8s/gateway-parts/references.ts';
import type { ServicePortSpec } from '../../k8s/service-body.ts';
import { parseIp } from '../../net/ip.ts';
import { refTo } from '../../source/ref.ts';
import { endpointsOfPort } from '../backends.ts';
import { hostName } from '../request.ts';
import type { RouteBackend } from '../route-table.ts';
import { byAge } from './age.ts';
import type { BackendResolver } from './backends.ts';
import { arriving } from './filters.ts';
import { matchesOf, rulesOf } from './gateway-table.ts';
import { EVERY_HOST } from './hostnames.ts';
import { matchIndex } from './match-index.ts';
import { type Condition, condition, type RouteKind, type RouteObject } from './model.ts';
import type { GatewayRequest } from './request.ts';
import { runConnection } from './route-connection.ts';
import { routeHttp } from './route-http.ts';
import { backendFailure, type GatewayRouting, NO_SHARES, notConnected, withGrpcStatus } from './routing.ts';

/** A route at a Service. */
export interface MeshAttachment {
  readonly route: RouteObject;
  readonly service: ClusterService;
  /** undefined: every port. */
  readonly port?: number;
}

export interface Mesh {
  /** What becomes of a request of a client in a namespace to a Service. */
  route(client: { readonly namespace: string }, request: GatewayRequest): GatewayRouting;
  /** Those that lose against routes of another kind, with the kind that wins. */
  readonly lost: ReadonlyMap<MeshAttachment, RouteKind>;
}

/** Of several kinds at one Service and port this order decides (gep-1294). */
const KIND_ORDER: readonly RouteKind[] = ['GRPCRoute', 'HTTPRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'];

/** Can the Service have routes? @returns the condition that a controller reports. */
export function meshCondition(service: ClusterService, route: RouteObject, ref: ParentRef): Condition {
  const refusal = meshRefusal(service, ref);
  if (refusal === undefined) return condition('Accepted', 'True', 'Accepted', 'clients in the mesh use it');
  return {
    ...condition('Accepted', 'False', 'NoMatchingParent', refusal),
    at: refTo(route.origin, ...ref.path),
  };
}

function meshRefusal({ key, body }: ClusterService, { port, sectionName }: ParentRef): string | undefined {
  if (body.type === 'ExternalName') return `Service ${key} is only a name for another host`;
  if (body.headless) return `Service ${key} has no address that a route could be for`;
  if (port !== undefined && !body.ports.some((each) => each.port === port)) {
    return `Service ${key} has no port ${port}`;
  }
  if (sectionName !== undefined && !body.ports.some(({ name }) => name === sectionName)) {
    return `Service ${key} has no port of the name ${sectionName}`;
  }
  return undefined;
}

/** Builds what clients of a mesh know. */
export function buildMesh(
  attachments: readonly MeshAttachment[],
  control: ControlPlane,
  resolver: BackendResolver,
): Mesh {
  const byService = groupBy(attachments, ({ service }) => service.key);
  const lost = once(() => lostByKind(attachments));
  const scene: Scene = { byService, control, resolver, lost };
  return {
    get lost() {
      return lost();
    },
    route: ({ namespace }, request) => routeInMesh(scene, namespace, request),
  };
}

interface Scene {
  readonly byService: ReadonlyMap<string, readonly MeshAttachment[]>;
  readonly control: ControlPlane;
  readonly resolver: BackendResolver;
  readonly lost: () => Mesh['lost'];
}

/** Those that lose against another kind at their Service and port. */
export function lostByKind(attachments: readonly MeshAttachment[]): Mesh['lost'] {
  const lost = new Map<MeshAttachment, RouteKind>();
  for (const group of groupBy(attachments, ({ service, port }) => `${service.key}:${port ?? ''}`).values()) {
    const kinds = KIND_ORDER.filter((kind) => group.some(({ route }) => route.kind === kind));
    const [winner] = kinds;
    if (winner === undefined) continue;
    for (const each of group) if (each.route.kind !== winner) lost.set(each, winner);
  }
  return lost;
}

function routeInMesh(scene: Scene, namespace: string, request: GatewayRequest): GatewayRouting {
  const host = hostName(request.host);
  const service = serviceOf(scene, host, namespace);
  if (service === undefined)
    return notConnected('refused', `${host} is no Service that ${namespace} can name`);
  const port = service.body.ports.find((each) => each.port === request.port);
  if (port === undefined) {
    return notConnected('refused', `Service ${service.key} has no port ${request.port}`);
  }
  const lost = scene.lost();
  const all = (scene.byService.get(service.key) ?? []).filter(
    (each) => (each.port === undefined || each.port === request.port) && !lost.has(each),
  );
  const own = all.filter(({ route }) => route.metadata.namespace === namespace);
  const consumers = namespace === service.namespace ? [] : own;
  const producers = all.filter(({ route }) => route.metadata.namespace === service.namespace);
  // A consumer's routes replace those of the producer for clients of its namespace.
  const routes = consumers.length > 0 ? consumers : producers;
  if (routes.length === 0) return forwarded(scene, service, port, request);
  return routeBy(scene, routes, request);
}

function routeBy(
  { resolver }: Scene,
  attachments: readonly MeshAttachment[],
  request: GatewayRequest,
): GatewayRouting {
  const hostnames = [{ effective: EVERY_HOST, declared: EVERY_HOST }];
  const routes = [...new Set(attachments.map(({ route }) => route))];
  const matching = routes.filter(({ kind }) => kind === 'HTTPRoute' || kind === 'GRPCRoute');
  if (matching.length === 0) {
    const [oldest] = [...routes].sort(byAge);
    const rule = oldest === undefined ? undefined : rulesOf(oldest)[0];
    return runConnection(rule, request, { resolver });
  }
  const index = matchIndex(matchesOf(matching.map((route) => ({ route, hostnames }))));
  const table = { index, resolver, port: request.port, name: 'the Service' };
  return routeHttp([table], request);
}

/** Without a route, the connection goes on as it is. */
function forwarded(
  { control }: Scene,
  service: ClusterService,
  port: ServicePortSpec,
  request: GatewayRequest,
): GatewayRouting {
  const backend = ownBackend(control, service, port);
  const failure = backend === undefined ? undefined : backendFailure(backend);
  const share = {
    share: { numerator: 1, denominator: 1 },
    status: failure?.status ?? 200,
    reason: failure?.reason ?? 'no route is for the Service: the connection goes on as it is',
    passing: arriving(request),
    ...(backend === undefined ? {} : { backend }),
  };
  const routing: GatewayRouting = {
    ...NO_SHARES,
    status: share.status,
    reason: share.reason,
    ...(backend === undefined || share.status !== 200 ? {} : { backend }),
    requestHeaders: request.headers,
    responseHeaders: request.answerHeaders,
    shares: [share],
  };
  return request.isGrpc ? withGrpcStatus(routing) : routing;
}

/** undefined for the Services that every cluster has, which stand nowhere. */
function ownBackend(
  control: ControlPlane,
  service: ClusterService,
  port: ServicePortSpec,
): RouteBackend | undefined {
  if (service.origin === undefined) return undefined;
  const endpoints = endpointsOfPort(control, service, port);
  return {
    service: service.key,
    port: port.port,
    found: { service, port },
    endpoints,
    state: endpoints.length === 0 ? 'no-endpoints' : 'ready',
    at: refTo(service.origin, ...port.path),
  };
}

/** A name as a pod of the namespace can write it, or the Service's address. */
function serviceOf({ control }: Scene, host: string, namespace: string): ClusterService | undefined {
  const ip = parseIp(host.replace(/^\[|\]$/g, ''));
  if (ip !== undefined) return control.servicePortsAt(ip)[0]?.service;
  const domain = `.svc.${control.cluster.profile.clusterDomain}`;
  const short = host.endsWith(domain) ? host.slice(0, -domain.length) : host.replace(/\.svc$/, '');
  const [name = '', own = namespace, ...more] = short.split('.');
  return more.length > 0 ? undefined : control.serviceByKey.get(`${own}/${name}`);
}
