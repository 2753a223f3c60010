/**
 * Which waypoint stands before a Service or a pod: the label of the object, else that of its namespace; an object whose
 * waypoint is not there has none, whatever its namespace says.
 * Source: istio/istio:pilot/pkg/serviceregistry/ambient/waypoints.go. Rules: docs/semantics/istio.md 13.8.
 */

import type { Cluster, ClusterService, Pod } from '../../../cluster/cluster.ts';
import { goBoolean } from '../../../k8s/go-boolean.ts';
import type { GatewayObject } from '../../../k8s/kinds/gateway.ts';
import type { Labels } from '../../../k8s/object.ts';
import { selectorMatches } from '../../../k8s/selector.ts';
import { refTo, type SourceRef } from '../../../source/ref.ts';

/** What is asked for: a Service's address, or a pod's own. */
export type TrafficType = 'service' | 'workload';

export type WaypointAnswer =
  /** Nobody asks for one. */
  | { readonly kind: 'none' }
  /** One is asked for, and does not count. */
  | { readonly kind: 'missed'; readonly why: string; readonly at: SourceRef | undefined }
  | { readonly kind: 'waypoint'; readonly gateway: GatewayObject; readonly at: SourceRef | undefined };

const USE_WAYPOINT = 'istio.io/use-waypoint';
const USE_WAYPOINT_NAMESPACE = 'istio.io/use-waypoint-namespace';
const INGRESS_USE = 'istio.io/ingress-use-waypoint';
const WAYPOINT_FOR = 'istio.io/waypoint-for';
const MANAGED = 'gateway.istio.io/managed';
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
/** What istiod deploys for waypoints, and for gateways between networks. */
const OWN_CONTROLLERS = ['istio.io-mesh-controller', 'istio.io-eastwest-controller'];
/** Of the Gateways that istiod deploys waypoints for. */
export const WAYPOINT_CLASS = 'istio-waypoint';
const HBONE = { protocol: 'HBONE', port: 15008 } as const;

const NONE: WaypointAnswer = { kind: 'none' };

/** The waypoint for requests to a Service's address. */
export function waypointOfService(cluster: Cluster, service: ClusterService): WaypointAnswer {
  if (OWN_CONTROLLERS.includes(service.labels.get(MANAGED) ?? '')) return NONE;
  return waypointOf(cluster, service, 'service');
}

/** The waypoint that gateways send requests for a Service to: only where the Service, else its namespace, says so. */
export function waypointOfIngress(cluster: Cluster, service: ClusterService): WaypointAnswer {
  const namespace = cluster.namespaces.get(service.namespace);
  const word = service.labels.get(INGRESS_USE) ?? namespace?.labels.get(INGRESS_USE);
  return goBoolean(word) === true ? waypointOfService(cluster, service) : NONE;
}

/** The waypoint for requests to a pod's own address. */
export function waypointOfPod(cluster: Cluster, pod: Pod): WaypointAnswer {
  if (gatewayOfPod(cluster, pod) !== undefined) return NONE;
  return waypointOf(cluster, pod, 'workload');
}

/** The waypoint that a pod is an instance of; undefined: of none. */
export function gatewayOfPod(cluster: Cluster, { namespace, labels }: Pod): GatewayObject | undefined {
  const name = labels.get(GATEWAY_NAME);
  return name === undefined ? undefined : waypointNamed(cluster, namespace, name);
}

/** All waypoints that are written. */
export function waypointGateways({ objects }: Cluster): readonly GatewayObject[] {
  return objects.ofKind('Gateway').filter(({ body }) => body.className === WAYPOINT_CLASS);
}

/** Its pods. */
export function podsOfWaypoint({ podsByNamespace }: Cluster, { metadata }: GatewayObject): readonly Pod[] {
  const inNamespace = podsByNamespace.get(metadata.namespace) ?? [];
  return inNamespace.filter(({ labels }) => labels.get(GATEWAY_NAME) === metadata.name);
}

interface Labelled extends Pick<Pod, 'namespace' | 'labels'> {
  readonly origin?: SourceRef | undefined;
}

function waypointOf(cluster: Cluster, object: Labelled, type: TrafficType): WaypointAnswer {
  const namespace = cluster.namespaces.get(object.namespace);
  const own = object.labels.get(USE_WAYPOINT);
  const labels = own === undefined ? (namespace?.labels ?? new Map()) : object.labels;
  const name = labels.get(USE_WAYPOINT);
  if (name === undefined || name === 'none') return NONE;
  const origin = own === undefined ? namespace?.origin : object.origin;
  const at = origin === undefined ? undefined : refTo(origin, 'metadata', 'labels', USE_WAYPOINT);
  const where = labels.get(USE_WAYPOINT_NAMESPACE) ?? object.namespace;
  const gateway = waypointNamed(cluster, where, name);
  const missed = (why: string): WaypointAnswer => ({ kind: 'missed', why, at });
  if (gateway === undefined) return missed(`there is no waypoint Gateway ${where}/${name}`);
  if (!admits(gateway, object.namespace, namespace?.labels ?? new Map())) {
    return missed(
      `the waypoint ${where}/${name} admits no ${object.namespace} (allowedRoutes of its listener)`,
    );
  }
  const traffic = trafficOf(cluster, gateway);
  if (traffic !== 'all' && traffic !== type) {
    return missed(`the waypoint ${where}/${name} is for ${traffic} traffic, not for ${type}`);
  }
  return { kind: 'waypoint', gateway, at };
}

/** In a dump of a cluster it has an address once a pod of it is ready. */
function waypointNamed(
  { objects, profile }: Cluster,
  namespace: string,
  name: string,
): GatewayObject | undefined {
  return objects
    .ofKind('Gateway')
    .find(
      ({ metadata, body }) =>
        metadata.name === name &&
        metadata.namespace === namespace &&
        body.className === WAYPOINT_CLASS &&
        (profile.input === 'authored' || body.addresses.length > 0),
    );
}

/** The label of the Gateway, else of its class. */
function trafficOf({ objects }: Cluster, { metadata, body }: GatewayObject): string {
  const own = metadata.labels.get(WAYPOINT_FOR);
  const byClass = objects
    .ofKind('GatewayClass')
    .find((each) => each.metadata.name === body.className)
    ?.metadata.labels.get(WAYPOINT_FOR);
  return own ?? byClass ?? 'service';
}

/** `allowedRoutes` of the HBONE listener; without such a listener, its own namespace alone. */
function admits({ metadata, body }: GatewayObject, namespace: string, labels: Labels): boolean {
  const listener = body.listeners.find(
    ({ protocol, port }) => protocol === HBONE.protocol && port === HBONE.port,
  );
  const { from, selector } = listener?.namespaces ?? { from: 'Same' as const, selector: undefined };
  if (from === 'All') return true;
  if (from === 'Selector') return selector !== undefined && selectorMatches(selector, labels);
  return metadata.namespace === namespace;
}
