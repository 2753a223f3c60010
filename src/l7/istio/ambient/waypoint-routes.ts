/**
 * What a waypoint does with a request to a Service: the address that was dialled chooses the Service, whatever the Host
 * header says; then the first VirtualService with HTTP rules for its host, of the Service's namespace or the waypoint's own.
 * Sidecar objects are not for waypoints. Source: istio/istio:pilot/pkg/networking/core/listener_waypoint.go
 * buildWaypointInboundHTTPRouteConfig, getVirtualServiceForWaypoint. Rules: docs/semantics/istio.md 13.10.
 */

import type { Pod } from '../../../cluster/cluster.ts';
import { onceFor } from '../../../collections/once.ts';
import { answerHttp, type HttpSending } from '../http-answer.ts';
import { answerL4 } from '../l4-answer.ts';
import type { Mesh } from '../mesh.ts';
import type { MeshRequest, Wire } from '../mesh-request.ts';
import { hostsMatch } from '../names.ts';
import { type MeshOutcome, outcome } from '../outcome.ts';
import { isHttp, isTls } from '../protocol.ts';
import type { SidecarProxy } from '../proxies.ts';
import { proxyInScope } from '../proxies.ts';
import { type MeshPort, type MeshService, portOf } from '../registry.ts';
import { type EgressScope, type SidecarScope, sidecarScopes } from '../sidecar-scope.ts';
import { sidecarVirtualHosts } from '../virtual-hosts.ts';

/** A waypoint's pod, as far as it is a proxy for one Service. */
export interface WaypointSide {
  readonly mesh: Mesh;
  readonly proxy: SidecarProxy;
  readonly service: MeshService;
}

/** Nothing restricts what a waypoint knows but the visibility of objects. */
const scopes = onceFor((mesh: Mesh) =>
  sidecarScopes({ settings: mesh.settings, sidecars: [], rules: mesh.rules, registry: mesh.registry }),
);

/** The waypoint of a pod, for requests to a Service. */
export function waypointSide(mesh: Mesh, pod: Pod, service: MeshService): WaypointSide {
  const scope = scopes(mesh)(pod.namespace, pod.labels);
  return { mesh, proxy: proxyInScope(mesh, pod, onlyFor(scope, service, pod.namespace)), service };
}

function onlyFor(scope: SidecarScope, service: MeshService, own: string): SidecarScope {
  return {
    ...scope,
    egressOn: (port) => {
      const all = scope.egressOn(port);
      return all === undefined ? undefined : narrowed(all, service, own);
    },
  };
}

function narrowed(scope: EgressScope, service: MeshService, own: string): EgressScope {
  return {
    ...scope,
    services: [service],
    byHost: new Map([[service.host, service]]),
    rules: scope.rules.filter(
      ({ namespace, hosts }) =>
        (namespace === own || namespace === service.namespace) &&
        hosts.some((host) => hostsMatch(host, service.host)),
    ),
  };
}

/** What the waypoint takes the port of the Service for, where nobody says what is sent. */
export function waypointWire({ service }: WaypointSide, port: number): Wire {
  const protocol = portOf(service, port)?.protocol;
  if (protocol === undefined) return 'tcp';
  if (isTls(protocol)) return 'tls';
  return isHttp(protocol) ? 'http' : 'tcp';
}

/** What becomes of a request; a port that the Service has not got has no filter chain. */
export function answerAtWaypoint(side: WaypointSide, request: MeshRequest): MeshOutcome {
  const { service } = side;
  const port = portOf(service, request.port);
  if (port === undefined || port.protocol === 'UDP') {
    return outcome({
      result: 'reset',
      reason: `${service.host} has no port ${request.port} at the waypoint`,
    });
  }
  if (isHttp(port.protocol) && request.wire !== 'http') {
    return outcome({
      result: 'reset',
      flag: 'DPE',
      reason: `the waypoint takes port ${request.port} for HTTP, and something else is sent`,
    });
  }
  const isRead = isHttp(port.protocol) || (port.protocol === 'auto' && request.wire === 'http');
  return isRead ? answerRead(side, request) : answerBytes(side, port, request);
}

function sendingOf({ mesh, proxy }: WaypointSide, request: MeshRequest): HttpSending {
  const { port, address } = request;
  const dialled = { listenerPort: port, port, ...(address === undefined ? {} : { ip: address }) };
  return { mesh, proxy, dialled, request, scheme: 'http' };
}

function answerRead(side: WaypointSide, request: MeshRequest): MeshOutcome {
  const { proxy, service } = side;
  const scope = proxy.scope.egressOn(request.port);
  const hosts = scope === undefined ? [] : sidecarVirtualHosts(scope, proxy, request.port);
  const own = hosts.find((host) => host.service?.host === service.host);
  return answerHttp(sendingOf(side, request), own ?? { name: service.host, routes: [] });
}

function answerBytes(side: WaypointSide, port: MeshPort, request: MeshRequest): MeshOutcome {
  const { proxy, service } = side;
  const rules = proxy.scope.egressOn(request.port)?.rules ?? [];
  const answer = answerL4(sendingOf(side, request), { service, port, protocol: port.protocol }, rules);
  return (
    answer ??
    outcome({ result: 'reset', flag: 'NR', reason: `no TLS rule of ${service.host} is for the server name` })
  );
}
