/**
 * Which endpoints of a Service port a node may use: traffic policies, topology hints, and terminating
 * endpoints as the last resort. Source: kubernetes/kubernetes:pkg/proxy/topology.go CategorizeEndpoints.
 */

import type { Labels } from '../k8s/object.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Endpoint, ServicePort } from './service-port.ts';
import { zoneOf } from './zone.ts';

/** The node that uses the endpoints. */
export interface UsingNode {
  readonly name: string;
  readonly labels: Labels;
}

/** Lists keep the order of the Service port's endpoints. */
export interface EndpointCategories {
  /** For traffic policy Cluster; null when nothing that leads to the Service has it. */
  readonly cluster: readonly Endpoint[] | null;
  /** For traffic policy Local; null when nothing that leads to the Service has it. */
  readonly local: readonly Endpoint[] | null;
  /** All that this node may send to. */
  readonly allReachable: readonly Endpoint[] | null;
  /** Has any node a usable endpoint? Decides between DROP and REJECT where this node has none. */
  readonly hasAnyEndpoints: boolean;
}

/** Does the policy Local hold for what comes from outside? It is ignored where nothing can come. */
export function isExternalPolicyLocal(servicePort: ServicePort): boolean {
  return servicePort.externallyAccessible && servicePort.externalTrafficPolicy === 'Local';
}

/** Has the Service port an entry for traffic from outside: node port, external or load balancer address? */
export function isExternallyReachable(servicePort: ServicePort, family: IpFamily): boolean {
  if (servicePort.nodePort !== undefined) return true;
  const addresses = [...servicePort.externalIps, ...servicePort.loadBalancerVips];
  return addresses.some((ip) => ip.family === family);
}

/** Sorts a Service port's endpoints of one family by what the node may do with them. */
export function categorizeEndpoints(
  servicePort: ServicePort,
  node: UsingNode,
  family: IpFamily,
): EndpointCategories {
  const endpoints = servicePort.endpoints
    .filter((endpoint) => endpoint.ip.family === family)
    .map((endpoint) => (endpoint.rivals === undefined ? endpoint : seenFrom(node, endpoint)));
  const internalLocal = servicePort.internalTrafficPolicy === 'Local';
  const reachable = isExternallyReachable(servicePort, family);
  const cluster = !internalLocal || reachable ? clusterEndpoints(endpoints, node) : null;
  if (!internalLocal && !(reachable && isExternalPolicyLocal(servicePort))) {
    const hasAnyEndpoints = cluster !== null && cluster.length > 0;
    return { cluster, local: null, allReachable: cluster, hasAnyEndpoints };
  }
  const local = readyElseTerminating(endpoints.filter((endpoint) => endpoint.node === node.name));
  const kept = new Set(cluster === null ? local : [...cluster, ...local]);
  return {
    cluster,
    local,
    allReachable: endpoints.filter((endpoint) => kept.has(endpoint)),
    hasAnyEndpoints: endpoints.some((endpoint) => endpoint.ready || isLastResort(endpoint)),
  };
}

/** Before 1.36 an entry of the node itself wins over others of the same address. */
function seenFrom({ name }: UsingNode, endpoint: Endpoint): Endpoint {
  if (endpoint.node === name) return endpoint;
  return endpoint.rivals?.find(({ node }) => node === name) ?? endpoint;
}

function clusterEndpoints(endpoints: readonly Endpoint[], node: UsingNode): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? nearEndpoints(ready, node) : endpoints.filter(isLastResort);
}

function readyElseTerminating(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter(isLastResort);
}

/** Terminating endpoints that still answer are used where no ready one is left (KEP-1669). */
function isLastResort(endpoint: Endpoint): boolean {
  return endpoint.serving && endpoint.terminating;
}

/**
 * The endpoints that are hinted at this node, else at its zone, else all. One endpoint without a hint
 * switches that kind of hint off for the Service, as does a hint that leads nowhere from here.
 */
function nearEndpoints(ready: readonly Endpoint[], node: UsingNode): readonly Endpoint[] {
  if (ready.every((endpoint) => endpoint.nodeHints.length > 0)) {
    const near = ready.filter((endpoint) => endpoint.nodeHints.includes(node.name));
    if (near.length > 0) return near;
  }
  const zone = zoneOf(node);
  if (zone !== undefined && ready.every((endpoint) => endpoint.zoneHints.length > 0)) {
    const near = ready.filter((endpoint) => endpoint.zoneHints.includes(zone));
    if (near.length > 0) return near;
  }
  return ready;
}
