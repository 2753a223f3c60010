/** The pods of a Gateway: they route by its listeners and what is attached to them (docs/semantics/gateway-api.md). */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { coversHostname } from '../../l7/gateway-api/hostnames.ts';
import type { GatewayRequest } from '../../l7/gateway-api/request.ts';
import type { GatewayRouting, GatewayShare } from '../../l7/gateway-api/routing.ts';
import { gatewayInstall } from '../../l7/gateway-install.ts';
import { waypointOfIngress } from '../../l7/istio/ambient/waypoints.ts';
import { hostName, serverName } from '../../l7/request.ts';
import { backendName, type RouteBackend } from '../../l7/route-table.ts';
import { type Fraction, multiplyFractions, ONE } from '../../net/fraction.ts';
import { httpSymptom, type Reason, type Symptom } from '../../trace/disposition.ts';
import type { L7Answer, StepAnswer } from '../answer.ts';
import type { Asking } from '../asking.ts';
import { gatewayAssumptions, gatewaysOf } from '../gateway/scene.ts';
import { isGrpc } from '../http-request.ts';
import { backendFindings } from '../ingress-findings.ts';
import { redirected, rewriteSteps } from './changed-requests.ts';
import { meshOf } from './istio/scene.ts';
import { sealedGroups, sealWords } from './istio/sealed-groups.ts';
import { nobodyInWaypoint, wayToWaypoint } from './istio/waypoint-way.ts';
import {
  type Arrival,
  type Forwarding,
  type Handling,
  hasRequest,
  type Outcome,
  type ProxyAnswer,
  type ProxyFinder,
} from './proxy.ts';
import { placeOf } from './step-place.ts';

/** The Gateway whose pod has taken the connection. */
export const gatewayProxy: ProxyFinder = (asking, connection) => {
  const { control, objects } = asking.snapshot;
  if (objects.ofKind('Gateway').length === 0 || !hasRequest(connection)) return undefined;
  const { pod } = connection;
  const table = gatewaysOf(control).gateways.find((each) =>
    gatewayInstall(control, each)?.pods.includes(pod),
  );
  if (table === undefined) return undefined;
  return {
    handle: () => handle(asking, table, connection),
    // Envoy's word for a backend that it cannot connect to (envoyproxy/envoy:source/common/router/router.cc).
    answerTo: (own) => ({ symptom: own === 'timeout' ? 'http-504' : 'http-503' }),
  };
};

interface Scene {
  readonly asking: Asking;
  readonly table: GatewayTable;
  readonly arrival: Arrival;
  readonly routing: GatewayRouting;
}

function handle(asking: Asking, table: GatewayTable, arrival: Arrival): Handling {
  const routing = table.route(requestAt(asking, table, arrival));
  for (const diagnostic of routing.unmodelled) asking.report(diagnostic);
  assumeObjects(asking, table, routing);
  const scene: Scene = { asking, table, arrival, routing };
  return {
    steps: [...tlsSteps(scene), ...ruleSteps(scene)],
    outcomes:
      routing.shares.length === 0
        ? [ownAnswer(scene)]
        : routing.shares.flatMap((share) => outcomesOf(scene, share)),
  };
}

/** Classes and certificates that no manifest has. */
function assumeObjects(
  { snapshot, assumptions }: Asking,
  { gateway }: GatewayTable,
  { certificate }: GatewayRouting,
): void {
  const { classes, secrets } = gatewayAssumptions(snapshot.cluster);
  if (classes) assumptions.add('A_GATEWAY_CLASS', { values: [gateway.body.className], decisive: true });
  if (secrets && certificate !== undefined) assumptions.add('A_CERTIFICATES', { values: [certificate] });
}

/** The listener's port is the one of the Service: pods may listen at another. */
function requestAt({ snapshot: { control } }: Asking, table: GatewayTable, arrival: Arrival): GatewayRequest {
  const { pod, packet, request } = arrival;
  const { service } = gatewayInstall(control, table) ?? {};
  const servicePort = control
    .servicePortsOf(service?.key ?? '/')
    .find(({ endpoints }) => endpoints.some((each) => each.pod === pod.key && each.port === packet.dstPort));
  return {
    ...request,
    port: servicePort?.port ?? packet.dstPort,
    ...(request.scheme === 'https' ? { sni: serverName(request) } : {}),
    isGrpc: isGrpc(request),
    answerHeaders: new Map(),
  };
}

function tlsSteps({ asking, arrival, routing }: Scene): readonly StepAnswer[] {
  const { certificate, listener, tls } = routing;
  const place = placeOf(asking, listener?.at);
  if (tls === 'passthrough') {
    return [{ kind: 'proxy', text: `TLS for ${serverName(arrival.request)} passes through`, ...place }];
  }
  if (arrival.request.scheme !== 'https' || certificate === undefined) return [];
  return [
    { kind: 'terminate-tls', text: `secret ${certificate.slice(certificate.indexOf('/') + 1)}`, ...place },
  ];
}

/** `PathPrefix /api → svc/api:80`; several backends are steps of their own. */
function ruleSteps({ asking, routing: { rule, route, shares } }: Scene): readonly StepAnswer[] {
  if (rule === undefined) return [];
  const [only, ...others] = shares;
  const backend = others.length === 0 ? only?.backend : undefined;
  const words = route?.matcher ?? `${rule.route.kind} ${rule.route.metadata.name}`;
  const leads = backend === undefined ? '' : ` → ${backendText(backend)}`;
  return [{ kind: 'l7-route', text: `${words}${leads}`, ...placeOf(asking, rule.at) }];
}

function backendText({ service, port }: RouteBackend): string {
  return `svc/${service.slice(service.indexOf('/') + 1)}:${port}`;
}

function outcomesOf(scene: Scene, share: GatewayShare): readonly Outcome[] {
  const { backend, status } = share;
  if (status !== 200 || backend === undefined) return [shareAnswer(scene, share)];
  if (backend.state === 'service-import') return [notFollowed(share, backend)];
  const waypoint = byWaypoint(scene, backend);
  if (waypoint !== undefined && 'causes' in waypoint) return [{ ...waypoint, share: share.share }];
  const ways = waypoint === undefined ? waysTo(scene, backend) : [waypoint];
  return ways.map(({ part, ...way }) => ({
    ...forwarding(scene, share, backend),
    ...way,
    share: multiplyFractions(share.share, part),
  }));
}

type Way = Pick<Forwarding, 'to' | 'seal' | 'name'> & { readonly part: Fraction };

/** Where the Service asks for it, or its namespace: to its waypoint, which has the address of the Service to go by. */
function byWaypoint(
  { asking, table, arrival }: Scene,
  { found }: RouteBackend,
): Way | ProxyAnswer | undefined {
  if (table.gateway.body.className !== 'istio') return undefined;
  const { cluster, control } = asking.snapshot;
  const [ip] = found?.service.clusterIps ?? [];
  const answer = found === undefined ? undefined : waypointOfIngress(cluster, found.service);
  if (answer?.kind !== 'waypoint' || ip === undefined || found?.port === undefined) return undefined;
  const target = { ip, port: found.port.port };
  const { gateway } = answer;
  const way = wayToWaypoint(meshOf(control).mesh, arrival.pod, { gateway, target, among: 'all' });
  return way === undefined ? nobodyInWaypoint(gateway, arrival.request) : { part: ONE, ...way };
}

/** Istio's own gateways show a certificate of the mesh to sidecars and ztunnels (istio/istio:pilot/pkg/config/kube/gateway). */
function waysTo(scene: Scene, backend: RouteBackend): readonly Way[] {
  const { asking, table, arrival } = scene;
  const { endpoints } = backend;
  if (table.gateway.body.className !== 'istio' || endpoints.length === 0) {
    return [{ part: ONE, to: targetOf(backend) }];
  }
  const { mesh } = meshOf(asking.snapshot.control);
  const groups = sealedGroups(mesh, arrival.pod, { endpoints, tls: 'auto' });
  return groups.map(({ seal, addresses, endpoints: own }) => ({
    part: { numerator: own.length, denominator: endpoints.length },
    to: { kind: 'addresses', addresses },
    seal,
    ...(groups.length === 1 ? {} : { name: sealWords(seal) }),
  }));
}

function forwarding(
  scene: Scene,
  { share, passing, backendTls }: GatewayShare,
  backend: RouteBackend,
): Forwarding {
  const { asking, arrival, routing } = scene;
  const { request } = arrival;
  const isShared = routing.shares.length > 1;
  const named: StepAnswer = {
    kind: 'l7-route',
    text: `→ ${backendText(backend)}`,
    ...placeOf(asking, backend.at),
  };
  const added = [...passing.requestHeaders].filter(
    ([name, value]) => name !== 'host' && request.headers.get(name) !== value,
  );
  const staysTls = routing.tls === 'passthrough' || backendTls !== undefined;
  const mirrored = l7Of(routing);
  return {
    kind: 'forward',
    share,
    steps: [...(isShared ? [named] : []), ...rewriteSteps(request, passing)],
    to: targetOf(backend),
    request: { ...request, scheme: staysTls ? 'https' : 'http', host: passing.host, uri: passing.uri },
    headers: new Map([...arrival.headers, ...added, ['Host', passing.host]]),
    ...(mirrored === undefined ? {} : { l7: mirrored }),
  };
}

function l7Of({ mirroredTo }: GatewayRouting): L7Answer | undefined {
  if (mirroredTo.length === 0) return undefined;
  return {
    mirroredTo: mirroredTo.map(({ backend, percent }) => ({
      backend: backendName(backend),
      ...(percent === undefined ? {} : { percent }),
    })),
  };
}

function targetOf({ endpoints, externalName, port, at }: RouteBackend): Forwarding['to'] {
  if (externalName !== undefined) {
    return { kind: 'name', host: externalName, port: typeof port === 'number' ? port : 80, at };
  }
  return {
    kind: 'addresses',
    addresses: endpoints.map((endpoint) => ({ ip: endpoint.ip, port: endpoint.port })),
  };
}

/** A share that the gateway answers: a redirect, or a backend that it cannot ask. */
function shareAnswer(scene: Scene, { backend, status, reason, passing, share }: GatewayShare): ProxyAnswer {
  const { asking, arrival } = scene;
  const location = passing.answer?.location;
  const l7: L7Answer = { status, ...(location === undefined ? {} : { location }) };
  const words = `${status}${location === undefined ? '' : ` Location ${location}`} (${reason})`;
  if (status < 400) {
    if (location !== undefined) asking.report(redirected(location, asking.question.from));
    const steps: readonly StepAnswer[] = [{ kind: 'proxy', text: `answers ${words}` }];
    return {
      kind: 'answer',
      share,
      steps,
      disposition: 'answered-by-proxy',
      symptom: httpSymptom(status),
      l7,
      causes: [],
    };
  }
  const grpc = isGrpc(arrival.request);
  const cause = backend === undefined ? ruleCause(scene, reason) : backendCause(asking, backend, reason);
  return {
    kind: 'answer',
    share,
    steps: [{ kind: 'end', text: `${status}: ${reason}` }],
    disposition: 'no-l7-route',
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
    symptom: grpc ? 'grpc-unavailable' : httpSymptom(status),
    l7: grpc ? { ...l7, grpcStatus: 'UNAVAILABLE' } : l7,
    causes: cause.diagnostics,
  };
}

interface Cause {
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

function ruleCause({ routing: { rule } }: Scene, text: string): Cause {
  const sources: Diagnostic['sources'] = rule === undefined ? [] : [{ at: rule.at, role: 'primary' }];
  return { diagnostics: [{ code: 'backend-unusable', severity: 'error', text: `${text}:`, sources }] };
}

function backendCause({ snapshot: { control } }: Asking, backend: RouteBackend, text: string): Cause {
  const found = backendFindings(control, backend).filter(({ severity }) => severity === 'error');
  const own: Diagnostic = {
    code: 'backend-unusable',
    severity: 'error',
    text: `${text}:`,
    sources: [{ at: backend.at, role: 'primary' }],
  };
  const reason = backend.state === 'no-such-service' ? 'backend-service-missing' : undefined;
  const named = backend.state === 'no-such-port' ? 'no-such-port' : reason;
  return { ...(named === undefined ? {} : { reason: named }), diagnostics: found.length > 0 ? found : [own] };
}

/** A Service of other clusters: where its endpoints are, no manifest says. */
function notFollowed({ share }: GatewayShare, { service, at }: RouteBackend): ProxyAnswer {
  const text = `ServiceImport ${service} stands for a Service of other clusters, whose endpoints are not in the input`;
  return {
    kind: 'answer',
    share,
    steps: [{ kind: 'end', text }],
    disposition: 'insufficient-info',
    symptom: 'unknown',
    causes: [
      { code: 'backend-unusable', severity: 'error', text: `${text}:`, sources: [{ at, role: 'primary' }] },
    ],
  };
}

/** No rule has it, or there is no connection. */
function ownAnswer(scene: Scene): ProxyAnswer {
  const { arrival, routing } = scene;
  const { connection, status, reason } = routing;
  const grpc = isGrpc(arrival.request);
  const why = reasonOf(scene);
  const symptom: Symptom =
    connection !== undefined ? lostBy(scene) : grpc ? 'grpc-unimplemented' : httpSymptom(status);
  const l7: L7Answer = grpc ? { status, grpcStatus: 'UNIMPLEMENTED' } : { status };
  return {
    kind: 'answer',
    share: ONE,
    steps: [{ kind: 'end', text: connection === undefined ? `${status}: ${reason}` : reason }],
    disposition: 'no-l7-route',
    ...(why === undefined ? {} : { reason: why }),
    symptom,
    ...(connection === undefined ? { l7 } : {}),
    causes: [ownCause(scene)],
  };
}

/** Nobody listens, the handshake fails, or the connection is reset. */
function lostBy({ arrival, routing: { connection } }: Scene): Symptom {
  if (connection === 'refused') return 'refused';
  return arrival.request.scheme === 'https' ? 'tls-failure' : 'reset';
}

function reasonOf({ table, arrival, routing: { connection, listener } }: Scene): Reason | undefined {
  if (connection === 'refused') return 'listener-port-missing';
  if (listener === undefined) return connection === undefined ? 'host-no-match' : undefined;
  if (connection !== undefined) return undefined;
  const attached = table.attachmentsOf(listener);
  if (attached.length === 0) return 'route-not-attached';
  const host = hostName(arrival.request.host);
  const isNamed = attached.some(({ hostnames }) =>
    hostnames.some(({ effective }) => coversHostname(effective, host)),
  );
  return isNamed ? 'path-no-match' : 'host-no-match';
}

function ownCause({ table, arrival, routing }: Scene): Diagnostic {
  const at = routing.listener?.at ?? table.gateway.origin;
  const { scheme, host, uri } = arrival.request;
  return {
    code: 'gateway-no-route',
    severity: 'error',
    text: `Gateway ${table.gateway.metadata.name}: ${routing.reason}:`,
    sources: [{ at, role: 'primary' }],
    help: [
      {
        text: `k8snet explain gateway ${table.gateway.metadata.name} --url ${scheme}://${host}${uri} lists the rules in the order tried`,
      },
    ],
  };
}
