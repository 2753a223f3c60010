/**
 * Services to Service ports, as a proxy sees them.
 * Source: kubernetes/kubernetes:pkg/proxy/serviceport.go, pkg/proxy/endpointslicecache.go, pkg/proxy/util.
 */

import type { ClusterService } from '../cluster/cluster.ts';
import { hasClusterIp } from '../cluster/service-draft.ts';
import { compareText } from '../collections/order.ts';
import type { ServiceBody, ServicePortSpec } from '../k8s/service-body.ts';
import { printSocketAddress } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import type { FeatureGates } from './feature-gates.ts';
import type { Endpoint, ServicePort } from './service-port.ts';
import type { Slice, SliceEntry } from './slice.ts';
import { HEADLESS, OTHER_PROXY } from './slice-labels.ts';

/** The ports of a Service that the proxy serves: none of a headless one, an ExternalName, or one of another proxy. */
export function expandService(
  service: ClusterService,
  slices: readonly Slice[],
  { prefersRunningEndpoint }: Pick<FeatureGates, 'prefersRunningEndpoint'>,
): readonly ServicePort[] {
  const { body, clusterIps, labels } = service;
  if (!hasClusterIp(body) || clusterIps.length === 0 || labels.has(OTHER_PROXY)) return [];
  const watched = slices.filter((slice) => !slice.labels.has(HEADLESS) && !slice.labels.has(OTHER_PROXY));
  const merge = prefersRunningEndpoint ? runningOne : runningOneWithRivals;
  return body.ports.map((spec, index) => {
    const nodePort = service.nodePorts[index];
    return {
      key: spec.name === '' ? service.key : `${service.key}:${spec.name}`,
      service,
      portName: spec.name,
      protocol: spec.protocol,
      port: spec.port,
      ...(nodePort === undefined ? {} : { nodePort }),
      clusterIps,
      ...sharedFields(body),
      endpoints: endpointsOf(spec, watched, merge),
      ...(service.origin === undefined ? {} : { origin: refTo(service.origin, ...spec.path) }),
    };
  });
}

function sharedFields(body: ServiceBody) {
  const { type, healthCheckNodePort, sessionAffinitySeconds, externalTrafficPolicy } = body;
  const isChecked =
    type === 'LoadBalancer' && externalTrafficPolicy === 'Local' && healthCheckNodePort !== undefined;
  return {
    externalIps: body.externalIps,
    loadBalancerVips: body.loadBalancerIngress.flatMap(({ ip, ipMode, isBehindName }) =>
      ip !== undefined && isBehindName === undefined && (ipMode ?? 'VIP') === 'VIP' ? [ip] : [],
    ),
    loadBalancerSourceRanges: body.loadBalancerSourceRanges,
    ...(isChecked ? { healthCheckNodePort } : {}),
    internalTrafficPolicy: body.internalTrafficPolicy,
    externalTrafficPolicy,
    externallyAccessible: isExternallyAccessible(body),
    ...(sessionAffinitySeconds === undefined ? {} : { sessionAffinitySeconds }),
  };
}

/** Source: kubernetes/kubernetes:pkg/api/v1/service/util.go ExternallyAccessible. */
function isExternallyAccessible({ type, externalIps }: ServiceBody): boolean {
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIps.length > 0);
}

/** Of an address that stands in several slices: what is known of it, and what comes next. */
type Merge = (known: Endpoint, next: Endpoint) => Endpoint;

function endpointsOf(spec: ServicePortSpec, slices: readonly Slice[], merge: Merge): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const endpoint of slices.flatMap((slice) => matchingEndpoints(spec, slice))) {
    const address = printSocketAddress(endpoint.ip, endpoint.port);
    const known = found.get(address);
    found.set(address, known === undefined ? endpoint : merge(known, endpoint));
  }
  return [...found.keys()].sort(compareText).flatMap((address) => found.get(address) ?? []);
}

/** Since 1.36 the entry that is not terminating wins; of several the first. */
function runningOne(known: Endpoint, next: Endpoint): Endpoint {
  return known.terminating && !next.terminating ? next : known;
}

/** Before, the winner was that of a Go map, save that a node takes its own entry: that is kept as a rival. */
function runningOneWithRivals(known: Endpoint, next: Endpoint): Endpoint {
  const won = runningOne(known, next);
  const { rivals = [], ...lost } = won === known ? next : known;
  return { ...won, rivals: [...(won.rivals ?? []), ...rivals, lost] };
}

/**
 * The endpoints of a slice on the ports that have the Service port's name and protocol; the target port
 * does not matter any more. Of each endpoint the first address counts.
 */
function matchingEndpoints(
  { name, protocol }: ServicePortSpec,
  { ports, endpoints }: Slice,
): readonly Endpoint[] {
  const matching = ports.filter((port) => port.name === name && port.protocol === protocol);
  return matching.flatMap(({ port }) => (port ? endpoints.flatMap((entry) => endpointOf(entry, port)) : []));
}

function endpointOf(entry: SliceEntry, port: number): Endpoint | readonly [] {
  const [ip] = entry.addresses;
  if (ip === undefined) return [];
  const { ready, serving, terminating, pod, node, zoneHints, nodeHints, origin } = entry;
  return { ip, port, pod, node, ready, serving, terminating, zoneHints, nodeHints, origin };
}
