/**
 * The unit of kube-proxy's work: one port of one Service, and the endpoints behind it.
 * Source: kubernetes/kubernetes:pkg/proxy/serviceport.go, pkg/proxy/endpoint.go.
 */

import type { ClusterService, PodKey } from '../cluster/cluster.ts';
import type { TrafficPolicy } from '../k8s/service-body.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { SourceRef } from '../source/ref.ts';

export interface Endpoint {
  readonly ip: Ip;
  readonly port: number;
  readonly pod?: PodKey | undefined;
  /** undefined: not on any known node; counts as remote. */
  readonly node?: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
  /** The endpoint in its slice, or the pod it was made from. */
  readonly origin?: SourceRef | undefined;
  /** Other entries of the same address and port, which count instead on their own nodes (before 1.36). */
  readonly rivals?: readonly Endpoint[];
}

export interface ServicePort {
  /** `ns/name:port`, or `ns/name` for an unnamed port; kube-proxy's chain names are hashed from it. */
  readonly key: string;
  readonly service: ClusterService;
  readonly portName: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly nodePort?: number;
  readonly clusterIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  /** status.loadBalancer.ingress[].ip without those of ipMode Proxy. */
  readonly loadBalancerVips: readonly Ip[];
  readonly loadBalancerSourceRanges: readonly Cidr[];
  /** Of type LoadBalancer with external policy Local; it counts for no other. */
  readonly healthCheckNodePort?: number;
  readonly internalTrafficPolicy: TrafficPolicy;
  readonly externalTrafficPolicy: TrafficPolicy;
  /** As the API defines it: by type and externalIPs, whatever addresses there are. */
  readonly externallyAccessible: boolean;
  readonly sessionAffinitySeconds?: number;
  /** In string order of `ip:port`; both families. */
  readonly endpoints: readonly Endpoint[];
  /** `spec.ports[i]`. */
  readonly origin?: SourceRef;
}
