/**
 * Where ztunnel sends a connection of an ambient pod. It knows the address that was dialled and no more: that of a
 * Service, of a pod, or one that it passes on. Source: istio/ztunnel:src/proxy/outbound.rs build_request, src/state.rs
 * find_upstream, load_balance, istio/istio:pilot/pkg/serviceregistry/ambient/services.go constructService.
 * Rules: docs/semantics/istio.md 13.3, 13.4.
 */

import type { ClusterService, Pod } from '../../../cluster/cluster.ts';
import { groupBy } from '../../../collections/grouping.ts';
import { onceFor } from '../../../collections/once.ts';
import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import { type Ip, WIDTH } from '../../../net/ip.ts';
import type { SourceRef } from '../../../source/ref.ts';
import type { Mesh } from '../mesh.ts';
import { type MeshEndpoint, type MeshService, portOf } from '../registry.ts';
import { takesHbone } from './hbone.ts';
import { nearestEndpoints } from './locality.ts';
import { type WaypointAnswer, waypointOfPod, waypointOfService } from './waypoints.ts';

/** Endpoints that ztunnel connects to in the same way; each is as likely as the others. */
export interface ZtunnelHop {
  readonly endpoints: readonly MeshEndpoint[];
  /** HBONE to port 15008 of each; undefined: plain TCP to its own port. */
  readonly tunnel?: { readonly port: number };
}

export interface ZtunnelTarget {
  readonly ip: Ip;
  readonly port: number;
}

export type ZtunnelRoad =
  | { readonly kind: 'passthrough'; readonly reason: string }
  /** It closes the connection that it has accepted. */
  | { readonly kind: 'closed'; readonly what: 'no-port' | 'no-endpoints'; readonly service: MeshService }
  /** HBONE to the waypoint, which gets the address that was dialled. */
  | {
      readonly kind: 'waypoint';
      readonly gateway: GatewayObject;
      readonly at: SourceRef | undefined;
      readonly name: string;
    }
  | {
      readonly kind: 'endpoints';
      readonly name: string;
      readonly hops: readonly ZtunnelHop[];
      /** undefined: a pod was asked for. */
      readonly service?: MeshService;
      readonly missed?: Extract<WaypointAnswer, { kind: 'missed' }>;
    };

/** The way of a connection. @param from the pod that ztunnel sends for. */
export function ztunnelRoad(mesh: Mesh, from: Pod, target: ZtunnelTarget): ZtunnelRoad {
  const service = serviceAt(mesh, target.ip);
  if (service !== undefined) return serviceRoad(mesh, from, { ...service, target });
  const pod = mesh.control.cluster.podByIp.get(target.ip);
  if (pod === undefined || pod.hostNetwork) {
    return { kind: 'passthrough', reason: `${target.ip.text} is of no Service and no pod` };
  }
  return podRoad(mesh, pod, target);
}

interface FoundService {
  readonly service: MeshService;
  /** undefined: a ServiceEntry. */
  readonly own?: ClusterService;
}

/** By its ClusterIPs and the addresses of its load balancer, not by externalIPs; a ServiceEntry by its addresses. */
function serviceAt(mesh: Mesh, ip: Ip): FoundService | undefined {
  const found = mesh.control
    .servicePortsAt(ip)
    .find(({ clusterIps, loadBalancerVips }) => clusterIps.includes(ip) || loadBalancerVips.includes(ip));
  if (found === undefined) {
    const entry = entriesByIp(mesh).get(ip);
    return entry === undefined ? undefined : { service: entry };
  }
  const { name, namespace } = found.service;
  const service = mesh.kubeService(`${name}.${namespace}.svc.${mesh.domain}`);
  return service === undefined ? undefined : { service, own: found.service };
}

const entriesByIp = onceFor(({ services }: Mesh): ReadonlyMap<Ip, MeshService> => {
  const entries = services.filter(({ kind }) => kind === 'entry').toReversed();
  return new Map(
    entries.flatMap((entry) =>
      entry.addresses
        .filter(({ family, length }) => length === WIDTH[family])
        .map(({ base }) => [base, entry] as const),
    ),
  );
});

function serviceRoad(
  mesh: Mesh,
  from: Pod,
  { service, own, target }: FoundService & { readonly target: ZtunnelTarget },
): ZtunnelRoad {
  const waypoint: WaypointAnswer =
    own === undefined ? { kind: 'none' } : waypointOfService(mesh.control.cluster, own);
  const name = own === undefined ? `ServiceEntry ${service.host}` : `Service ${own.key}`;
  if (waypoint.kind === 'waypoint') return { ...waypoint, name };
  if (service.resolution === 'original' && service.kind === 'entry') {
    return { kind: 'passthrough', reason: `${service.host} has the resolution NONE` };
  }
  const port = portOf(service, target.port);
  if (port === undefined || port.protocol === 'UDP') return { kind: 'closed', what: 'no-port', service };
  const all = service.endpointsOf(port);
  const sameFamily = all.filter(({ ip }) => ip === undefined || ip.family === target.ip.family);
  const near = nearestEndpoints(mesh, from, {
    endpoints: sameFamily.length === 0 ? all : sameFamily,
    service: own,
  });
  if (near.length === 0) return { kind: 'closed', what: 'no-endpoints', service };
  const missed = waypoint.kind === 'missed' ? { missed: waypoint } : {};
  return { kind: 'endpoints', name, service, hops: hopsTo(mesh, near), ...missed };
}

function podRoad(mesh: Mesh, pod: Pod, { ip, port }: ZtunnelTarget): ZtunnelRoad {
  const name = `pod ${pod.key}`;
  const waypoint = waypointOfPod(mesh.control.cluster, pod);
  // Of a pod outside the mesh nobody takes requests away.
  if (waypoint.kind === 'waypoint') return { ...waypoint, name };
  const endpoint: MeshEndpoint = { address: ip.text, ip, port, pod: pod.key, labels: pod.labels };
  return { kind: 'endpoints', name, hops: hopsTo(mesh, [endpoint]) };
}

/** Endpoints by how they are reached; a target port with a name may be another one for each. */
function hopsTo(mesh: Mesh, endpoints: readonly MeshEndpoint[]): readonly ZtunnelHop[] {
  const groups = groupBy(endpoints, ({ pod, port }) => (takesHbone(mesh, pod) ? port : 0));
  return [...groups].map(([port, group]) =>
    port === 0 ? { endpoints: group } : { endpoints: group, tunnel: { port } },
  );
}
