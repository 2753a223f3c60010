/**
 * The EndpointSlice controller: from a Service with a selector and the pods that it selects to slices.
 * Source: kubernetes/endpointslice:reconciler.go, utils.go, util/controller_utils.go.
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { ServicePortSpec } from '../k8s/kinds/service.ts';
import type { IpFamily } from '../net/ip.ts';
import type { Slice, SliceEntry } from './slice.ts';

/**
 * The slices of a Service: one for each family and each set of resolved ports. A pod that resolves no
 * port is still an endpoint, of use to the cluster DNS only. A pod without an address of the family is none.
 * @param pods those that the selector selects.
 */
export function buildSlices(service: ClusterService, pods: readonly Pod[]): readonly Slice[] {
  return service.ipFamilies.flatMap((family) => slicesOfFamily(service, pods, family));
}

function slicesOfFamily(service: ClusterService, pods: readonly Pod[], family: IpFamily): readonly Slice[] {
  const slices = new Map<string, Slice & { readonly endpoints: SliceEntry[] }>();
  for (const pod of pods) {
    const addresses = pod.ips.filter((ip) => ip.family === family).slice(0, 1);
    if (addresses.length === 0) continue;
    const ports = endpointPorts(service.body.ports, pod);
    const id = ports.map(({ name, protocol, port }) => `${name} ${protocol} ${port}`).join(',');
    const slice = slices.get(id) ?? { family, ports, endpoints: [], headless: service.body.headless };
    slices.set(id, slice);
    slice.endpoints.push(podEndpoint(service, pod, addresses));
  }
  return [...slices.values()];
}

/** The ports of a pod's endpoint: those of the Service that the pod can resolve. */
function endpointPorts(ports: readonly ServicePortSpec[], pod: Pick<Pod, 'ports'>): Slice['ports'] {
  return ports.flatMap((spec) => {
    const port = findPort(pod, spec);
    return port === undefined ? [] : [{ name: spec.name, protocol: spec.protocol, port }];
  });
}

/**
 * The container port that a Service port means in this pod: a number as it is, a name by the first
 * declared port of that name and the same protocol; undefined when the pod declares none.
 */
export function findPort(
  { ports }: Pick<Pod, 'ports'>,
  { targetPort, protocol }: Pick<ServicePortSpec, 'targetPort' | 'protocol'>,
): number | undefined {
  if (typeof targetPort === 'number') return targetPort;
  return ports.find((port) => port.name === targetPort && port.protocol === protocol)?.containerPort;
}

function podEndpoint(
  { name, body }: ClusterService,
  pod: Pod,
  addresses: SliceEntry['addresses'],
): SliceEntry {
  const terminating = pod.readiness === 'terminating';
  const { hostname, subdomain } = pod.spec;
  return {
    addresses,
    ready: body.publishNotReadyAddresses || (pod.serving && !terminating),
    serving: pod.serving,
    terminating,
    hostname: hostname && subdomain === name ? hostname : undefined,
    pod: pod.key,
    node: pod.node,
    zoneHints: [],
    nodeHints: [],
    origin: pod.origin,
  };
}
