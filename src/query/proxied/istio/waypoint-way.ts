/** The connection of a proxy of the mesh to a waypoint: HBONE to one of its pods, for an address that the waypoint is before. */

import type { Pod } from '../../../cluster/cluster.ts';
import { PROXY_PORTS } from '../../../control/mesh/capture-settings.ts';
import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import { closest } from '../../../l7/istio/ambient/locality.ts';
import { podsOfWaypoint } from '../../../l7/istio/ambient/waypoints.ts';
import { identityOf } from '../../../l7/istio/branches.ts';
import type { Mesh } from '../../../l7/istio/mesh.ts';
import type { RouteRequest } from '../../../l7/request.ts';
import { ONE } from '../../../net/fraction.ts';
import type { Forwarding, ProxyAnswer, SocketAddress } from '../proxy.ts';
import { backendUnusable } from './causes.ts';
import { answered } from './symptoms.ts';

export type WaypointWay = Required<Pick<Forwarding, 'to' | 'seal'>>;

/** Where to, and what it carries; undefined: no pod of the waypoint is ready. ztunnel prefers near ones, Envoys take any. */
export function wayToWaypoint(
  mesh: Mesh,
  from: Pod,
  {
    gateway,
    target: { ip, port },
    among,
  }: {
    readonly gateway: GatewayObject;
    readonly target: SocketAddress;
    readonly among: 'near' | 'all';
  },
): WaypointWay | undefined {
  const ready = podsOfWaypoint(mesh.control.cluster, gateway).filter(
    ({ readiness }) => readiness === 'ready',
  );
  const pods = among === 'near' ? closest(mesh, from, ready, 'PreferClose') : ready;
  const addresses = pods.flatMap(({ ips }): readonly SocketAddress[] => {
    const own = ips.find(({ family }) => family === ip.family) ?? ips[0];
    return own === undefined ? [] : [{ ip: own, port: PROXY_PORTS.hbone }];
  });
  if (addresses.length === 0) return undefined;
  const peer = identityOf(mesh, { namespace: from.namespace, pod: from });
  return { to: { kind: 'addresses', addresses }, seal: { tls: 'mtls', peer, tunnel: { ip, port } } };
}

/** How both proxies of a connection say it. */
export function noPodReady({ metadata: { namespace, name } }: GatewayObject): string {
  return `the waypoint ${namespace}/${name} has no ready pod`;
}

/** A gateway has the waypoint's pods for endpoints and no others (istio/istio:pilot/pkg/xds/endpoints/endpoint_builder.go findServiceWaypoint). */
export function nobodyInWaypoint(
  gateway: GatewayObject,
  request: Pick<RouteRequest, 'headers'> | undefined,
): ProxyAnswer {
  const text = noPodReady(gateway);
  return {
    kind: 'answer',
    share: ONE,
    steps: [{ kind: 'end', text: `503 UH: ${text}` }],
    disposition: 'no-l7-route',
    reason: 'pods-not-ready',
    ...answered(request, 503, 'UH'),
    causes: [backendUnusable(text, gateway.origin)],
  };
}
