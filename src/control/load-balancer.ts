/**
 * The load balancer in front of a Service of type LoadBalancer: which nodes it sends to, and how. It is no
 * part of the cluster; what manifests show of it is its status, and what they do not, the profile says
 * (assumptions A_LB and A_LB_HEALTH).
 * Source: kubernetes/cloud-provider:controllers/service/controller.go (nodes),
 * kubernetes/kubernetes:pkg/proxy/healthcheck/service_health.go (health check node port), KEP-1860 (ipMode).
 */

import type { Cluster, ClusterService, Node } from '../cluster/cluster.ts';
import type { LoadBalancerProfile } from '../cluster/profile.ts';
import { groupByEach } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import { slotFor } from '../net/hash.ts';
import { type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import type { ServicePort } from './service-port.ts';
import { isExternalPolicyLocal } from './usable-endpoints.ts';

/** A node with it is no target of load balancers, whatever its value. */
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';

/**
 * How a connection gets to a node:
 * - `vip`: the packet arrives as it was sent, for the balancer's own address; the node answers directly.
 * - `node-port`: for the node's address and node port, the source kept; the answer passes the balancer.
 * - `proxy`: the balancer ends the connection and opens its own, to the node port.
 */
export type Delivery = 'vip' | 'node-port' | 'proxy';

export interface ExcludedNode {
  readonly node: Node;
  readonly why: 'label' | 'not-ready' | 'no-local-endpoint';
}

export interface BalancedNodes {
  /** Each gets an equal share of the connections. */
  readonly nodes: readonly Node[];
  readonly excluded: readonly ExcludedNode[];
  /** No node passes its check: the balancer then tries them all. */
  readonly isNoneHealthy: boolean;
  /** Where it asks a node, with the policy Local. */
  readonly healthCheckNodePort?: number;
}

/** Is there a load balancer before the Service at all? */
export function hasLoadBalancer({ body }: ClusterService): boolean {
  return body.type === 'LoadBalancer';
}

/** Addresses for balancers whose status has none (RFC 5737 TEST-NET-2, RFC 3849). */
const INVENTED: Readonly<Record<IpFamily, string>> = { 4: '198.51.100.', 6: '2001:db8:ffff::' };
const INVENTED_COUNT = 254;

/** Where clients find the balancer of a Service: its status, else an invented address (assumption A_LB_ADDRESS). */
export function balancerAddress(
  { key, body }: Pick<ClusterService, 'key' | 'body'>,
  family: IpFamily,
): { readonly ip: Ip; readonly assumed: boolean } {
  const written = body.loadBalancerIngress.find(({ ip }) => ip?.family === family)?.ip;
  return written === undefined
    ? { ip: inventedBalancerAddress(key, family), assumed: true }
    : { ip: written, assumed: false };
}

const FAMILIES: readonly IpFamily[] = [4, 6];

/** The Services whose balancer clients find at an address: those whose status says so before those with an invented one. */
export const balancersAt: (cluster: Pick<Cluster, 'services'>) => (ip: Ip) => readonly ClusterService[] =
  onceFor(({ services }) => {
    const balanced = services.filter(hasLoadBalancer);
    const written = groupByEach(
      balanced,
      ({ body }) => new Set(body.loadBalancerIngress.flatMap(({ ip }) => ip ?? [])),
    );
    const found = groupByEach(balanced, (service) =>
      FAMILIES.map((family) => balancerAddress(service, family).ip),
    );
    return (ip) => [...new Set([...(written.get(ip) ?? []), ...(found.get(ip) ?? [])])];
  });

/** The same one for a name in every answer. */
export function inventedBalancerAddress(key: string, family: IpFamily): Ip {
  const slot = slotFor(key, INVENTED_COUNT, () => true) ?? 0;
  const ip = parseIp(`${INVENTED[family]}${(slot + 1).toString(family === 4 ? 10 : 16)}`);
  if (ip === undefined) throw new Error('an invented address is none');
  return ip;
}

/**
 * How the balancer delivers what it gets at this address.
 * @param address undefined: it is not in the status, or a host name.
 */
export function deliveryOf(
  servicePort: ServicePort,
  address: Ip | undefined,
  { kind }: LoadBalancerProfile,
): Delivery {
  const entry = servicePort.service.body.loadBalancerIngress.find(({ ip }) => ip === address);
  if (kind === 'proxy' || (kind === undefined && entry?.ipMode === 'Proxy')) return 'proxy';
  return address !== undefined && servicePort.loadBalancerVips.includes(address) ? 'vip' : 'node-port';
}

/**
 * The nodes that the balancer sends to. With externalTrafficPolicy Local kube-proxy answers 200 at the
 * health check node port only where a ready endpoint is; with Cluster every node that is ready will do.
 */
export function balancedNodes(
  servicePort: ServicePort,
  nodes: readonly Node[],
  { family, healthChecks }: { readonly family: IpFamily; readonly healthChecks: boolean },
): BalancedNodes {
  const isLocal = isExternalPolicyLocal(servicePort);
  const hosts = new Set(
    servicePort.endpoints.flatMap(({ ip, ready, node }) => (ready && ip.family === family ? [node] : [])),
  );
  const excluded = nodes.flatMap((node): readonly ExcludedNode[] => {
    if (node.labels.has(EXCLUDED)) return [{ node, why: 'label' }];
    if (!healthChecks) return [];
    if (node.ready === false) return [{ node, why: 'not-ready' }];
    return isLocal && !hosts.has(node.name) ? [{ node, why: 'no-local-endpoint' }] : [];
  });
  const out = new Map(excluded.map(({ node, why }) => [node, why]));
  const healthy = nodes.filter((node) => !out.has(node));
  const targets = healthy.length > 0 ? healthy : nodes.filter((node) => out.get(node) !== 'label');
  const { healthCheckNodePort } = servicePort;
  return {
    nodes: targets,
    excluded: healthy.length > 0 ? excluded : excluded.filter(({ why }) => why === 'label'),
    isNoneHealthy: healthy.length === 0,
    ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
  };
}
