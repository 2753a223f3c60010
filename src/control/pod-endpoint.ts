/** A pod as an endpoint. Source: kubernetes/endpointslice:utils.go, util/controller_utils.go. */

import type { ClusterService, Node, Pod } from '../cluster/cluster.ts';
import type { IpFamily } from '../net/ip.ts';
import type { SliceEntry } from './slice.ts';
import { zoneOf } from './zone.ts';

/**
 * Does the pod belong into the endpoints of a Service that selects it? One that has ended has no address.
 * @param options.includeTerminating as for slices; Endpoints objects leave terminating pods out.
 */
export function isEndpointPod(
  { ips, readiness }: Pick<Pod, 'ips' | 'readiness'>,
  { includeTerminating }: { readonly includeTerminating: boolean },
): boolean {
  return ips.length > 0 && (includeTerminating || readiness !== 'terminating');
}

/** The name that the cluster DNS gives the endpoint: the pod's own, where its subdomain is the Service. */
export function endpointHostname(
  service: Pick<ClusterService, 'namespace' | 'name'>,
  { namespace, spec }: Pick<Pod, 'namespace' | 'spec'>,
): string | undefined {
  const isMember = spec.subdomain === service.name && namespace === service.namespace;
  return isMember ? spec.hostname || undefined : undefined;
}

export interface EndpointContext {
  readonly service: Pick<ClusterService, 'namespace' | 'name' | 'body'>;
  readonly family: IpFamily;
  /** The pod's node; undefined when it is not known. */
  readonly node: Pick<Node, 'labels'> | undefined;
}

/** The endpoint of a pod, without hints: the addresses that it has of the family, its conditions and place. */
export function podEndpoint(pod: Pod, { service, family, node }: EndpointContext): SliceEntry {
  const terminating = pod.readiness === 'terminating';
  return {
    addresses: pod.ips.filter((ip) => ip.family === family),
    ready: service.body.publishNotReadyAddresses || (pod.serving && !terminating),
    serving: pod.serving,
    terminating,
    hostname: endpointHostname(service, pod),
    pod: pod.key,
    targetName: pod.name,
    node: pod.node,
    zone: node === undefined ? undefined : zoneOf(node),
    zoneHints: [],
    nodeHints: [],
    origin: pod.origin,
  };
}
