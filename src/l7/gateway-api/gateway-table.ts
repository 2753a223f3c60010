/** A Gateway as its data plane has it: what becomes of a request that reaches one of its ports. */

import type { Cluster } from '../../cluster/cluster.ts';
import { onceEach } from '../../collections/once.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { GrpcMatch } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch } from '../../k8s/kinds/http-route.ts';
import { refTo } from '../../source/ref.ts';
import { hostName } from '../request.ts';
import type { BackendResolver } from './backends.ts';
import { boundTo, listenersFor } from './choose-listener.ts';
import type { GatewayFeatures } from './features.ts';
import { EVERY_HOST } from './hostnames.ts';
import type { ServedGateway } from './listeners.ts';
import { type MatchIndex, matchIndex } from './match-index.ts';
import { type GatewayMatch, grpcMatches, httpMatches } from './matches.ts';
import {
  type Attachment,
  type EffectiveHostname,
  type GatewayRule,
  type Listener,
  ROUTE_KINDS,
  type RouteObject,
  routeKey,
} from './model.ts';
import type { GatewayRequest } from './request.ts';
import { nameTable, runConnection, soleRule } from './route-connection.ts';
import { type HttpTable, routeHttp } from './route-http.ts';
import { answered, type GatewayRouting, notConnected, withGrpcStatus } from './routing.ts';

export interface GatewayTable extends ServedGateway {
  /** The routes that are attached to a listener. */
  attachmentsOf(listener: Listener): readonly Attachment[];
  /** What a listener has for requests, by hostname, in the order in which it is tried. */
  indexOf(listener: Listener): MatchIndex;
  /** What a listener has for connections: by hostname, `*` for every one. */
  connectionRules(listener: Listener): readonly { readonly hostname: string; readonly rule: GatewayRule }[];
  /** The route of a TCP or UDP listener that gets everything. */
  soleRoute(listener: Listener): RouteObject | undefined;
  /** What becomes of a request at one of the Gateway's addresses. */
  route(request: GatewayRequest): GatewayRouting;
}

interface Building {
  readonly served: ServedGateway;
  readonly attachmentsOf: (listener: Listener) => readonly Attachment[];
  readonly indexOf: (listener: Listener) => MatchIndex;
  readonly namesOf: (listener: Listener) => ReturnType<typeof nameTable>;
  readonly resolver: BackendResolver;
  readonly features: GatewayFeatures;
}

/** Builds the table of a Gateway; the matches of a listener are indexed when a request needs them. */
export function gatewayTable(
  served: ServedGateway,
  attached: ReadonlyMap<Listener, readonly Attachment[]>,
  { resolver, features }: Pick<Building, 'resolver' | 'features'>,
): GatewayTable {
  const attachmentsOf = (listener: Listener) => attached.get(listener) ?? [];
  const building: Building = {
    served,
    attachmentsOf,
    indexOf: onceEach((listener: Listener) => matchIndex(matchesOf(attachmentsOf(listener)))),
    namesOf: onceEach((listener: Listener) => nameTable(attachmentsOf(listener), rulesOf)),
    resolver,
    features,
  };
  return {
    ...served,
    attachmentsOf,
    indexOf: building.indexOf,
    connectionRules: (listener) => connectionRules(building, listener),
    soleRoute: (listener) => soleRule(attachmentsOf(listener), rulesOf)?.route,
    // Also of answers that no rule has a part in.
    route: (request) =>
      request.isGrpc ? withGrpcStatus(routeAt(building, request)) : routeAt(building, request),
  };
}

function connectionRules(
  { attachmentsOf, namesOf }: Building,
  listener: Listener,
): readonly { readonly hostname: string; readonly rule: GatewayRule }[] {
  if (listener.body.protocol === 'TLS') return namesOf(listener).rows;
  const rule = soleRule(attachmentsOf(listener), rulesOf);
  return rule === undefined ? [] : [{ hostname: EVERY_HOST, rule }];
}

/** Every route of the input, by kind. */
export function routesOf({ objects }: Cluster): readonly RouteObject[] {
  return ROUTE_KINDS.flatMap((kind) => objects.ofKind(kind) as readonly RouteObject[]);
}

/** The rules of a route, in their order. */
export function rulesOf(route: RouteObject): readonly GatewayRule[] {
  return route.body.rules.map((body, index) => ({
    route,
    index,
    body,
    at: refTo(route.origin, ...body.path),
  }));
}

/** The matches of HTTPRoutes and GRPCRoutes under each of their hostnames. */
export function matchesOf(
  attachments: readonly Pick<Attachment, 'route' | 'hostnames'>[],
): readonly GatewayMatch[] {
  return attachments.flatMap(({ route, hostnames }) => {
    // Narrowed by the listener, two hostnames of a route can become one.
    const distinct = [...new Map(hostnames.map((each) => [each.effective, each])).values()];
    return rulesOf(route).flatMap((rule) => distinct.flatMap((hostname) => ruleMatches(rule, hostname)));
  });
}

function ruleMatches(rule: GatewayRule, hostname: EffectiveHostname): readonly GatewayMatch[] {
  switch (rule.route.kind) {
    case 'HTTPRoute':
      return httpMatches(rule, rule.body as MatchingRule<HttpMatch>, hostname);
    case 'GRPCRoute':
      return grpcMatches(rule, rule.body as MatchingRule<GrpcMatch>, hostname);
    default:
      return [];
  }
}

function routeAt(building: Building, request: GatewayRequest): GatewayRouting {
  const { listeners, gateway } = building.served;
  const { port, scheme } = request;
  const isUdp = scheme === 'udp';
  const bound = boundTo(listeners, port, isUdp ? ['UDP'] : ['HTTP', 'HTTPS', 'TLS', 'TCP']);
  if (bound.length === 0) {
    const ports = [...new Set(listeners.filter(({ accepted }) => accepted).map(({ body }) => body.port))];
    const text = ports.length === 0 ? 'no port at all' : ports.join(', ');
    const name = `Gateway ${routeKey(gateway)}`;
    return notConnected('refused', `${name} does not listen on port ${port}; it listens on ${text}`);
  }
  const [opaque] = bound.filter(({ body }) => body.protocol === 'TCP' || body.protocol === 'UDP');
  if (opaque !== undefined) {
    const rule = soleRule(building.attachmentsOf(opaque), rulesOf);
    return runConnection(rule, request, { listener: opaque, resolver: building.resolver });
  }
  const secure = bound.filter(({ body }) => body.protocol !== 'HTTP');
  if (scheme === 'https' || scheme === 'tls') return routeSecure(building, secure, request);
  if (scheme === 'tcp')
    return notConnected('rejected', `port ${port} speaks ${protocolsOf(bound)}, not plain TCP`);
  const plain = bound.filter(({ body }) => body.protocol === 'HTTP');
  if (plain.length === 0) {
    return notConnected('rejected', `port ${port} speaks ${protocolsOf(bound)}, not plain HTTP`);
  }
  return routeToHosts(building, plain, request);
}

function protocolsOf(listeners: readonly Listener[]): string {
  return [...new Set(listeners.map(({ body }) => body.protocol))].join(' and ');
}

/** TLS: the name in the handshake chooses the listener. */
function routeSecure(
  building: Building,
  secure: readonly Listener[],
  request: GatewayRequest,
): GatewayRouting {
  if (secure.length === 0) {
    return notConnected('rejected', `port ${request.port} does not speak TLS`);
  }
  const [listener] = listenersFor(secure, request.sni);
  if (listener === undefined) {
    return notConnected(
      'rejected',
      `no listener is for the name ${request.sni ?? '(none)'} of the handshake`,
    );
  }
  const { body, certificates } = listener;
  const isPassing = body.tls?.mode === 'Passthrough';
  if (!isPassing && certificates.length === 0 && body.tls?.hasOptions !== true) {
    return {
      ...notConnected('rejected', `listener ${body.name} has no certificate that can be served`),
      listener,
    };
  }
  if (body.protocol === 'TLS') {
    const rule = building.namesOf(listener).find(request.sni);
    const routing = runConnection(rule, request, { listener, resolver: building.resolver });
    if (routing.connection !== undefined) return { ...routing, listener };
    return { ...routing, tls: isPassing ? 'passthrough' : 'terminated' };
  }
  const [certificate] = certificates;
  const routing = routeToHosts(building, misdirectable(secure), request, listener);
  return {
    ...routing,
    ...(certificate === undefined ? {} : { certificate }),
    unmodelled: [...routing.unmodelled, ...clientDoubts(listener)],
  };
}

/** Which certificate a client shows is no part of the question. */
function clientDoubts({ body, onlyValidClients: at }: Listener): readonly Diagnostic[] {
  if (at === undefined) return [];
  const text = `listener ${body.name} asks clients for a certificate: whoever shows none that is valid gets no connection`;
  return [{ code: 'unmodelled', severity: 'warning', text, sources: [{ at, role: 'primary' }] }];
}

function misdirectable(secure: readonly Listener[]): readonly Listener[] {
  return secure.filter(({ body }) => body.protocol === 'HTTPS');
}

/** The Host header chooses among the listeners of a port. @param connected the one that has the connection. */
function routeToHosts(
  { indexOf, resolver, features }: Building,
  listeners: readonly Listener[],
  request: GatewayRequest,
  connected?: Listener,
): GatewayRouting {
  const host = hostName(request.host);
  const matching = listenersFor(listeners, host);
  const [best] = matching;
  if (best === undefined) return answered(404, `no listener on port ${request.port} is for the host ${host}`);
  if (connected !== undefined && best !== connected && features.misdirectedRequests) {
    const text = `the handshake was for listener ${connected.body.name}, the Host header is of ${best.body.name}`;
    return { ...answered(421, text), listener: connected };
  }
  const serving = features.listenerIsolation ? [connected ?? best] : matching;
  const tables = serving.map(
    (listener): HttpTable => ({
      index: indexOf(listener),
      resolver,
      port: listener.body.port,
      name: `listener ${listener.body.name}`,
    }),
  );
  return { ...routeHttp(tables, request), listener: connected ?? best };
}
