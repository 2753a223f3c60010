/** A Service as it is read: the fields that decide where its traffic goes. */

import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { FieldPath } from '../source/document.ts';
import type { Labels } from './object.ts';

export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
export type TrafficPolicy = 'Cluster' | 'Local';
/** PreferClose is the older name of PreferSameZone. */
export type TrafficDistribution = 'PreferClose' | 'PreferSameZone' | 'PreferSameNode';

export interface ServicePortSpec {
  /** Empty for an unnamed port. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly targetPort: number | string;
  readonly appProtocol?: string;
  readonly nodePort?: number;
  /** Relative to the object: `spec.ports[0]`. */
  readonly path: FieldPath;
}

export interface LoadBalancerIngress {
  readonly ip?: Ip;
  readonly hostname?: string;
  readonly ipMode?: 'VIP' | 'Proxy';
  /** The address is what the profile says that the host name leads to: the status has none, and no node knows it. */
  readonly isBehindName?: true;
}

export interface ServiceBody {
  readonly type: ServiceType;
  /** undefined: the Service has no selector (absent or empty). */
  readonly selector?: Labels;
  readonly headless: boolean;
  /** The addresses that are written, not the invented ones. */
  readonly clusterIps: readonly Ip[];
  /** spec.clusterIP letter by letter, if it is an address: the kubelet writes it into variables so. */
  readonly clusterIpText?: string;
  readonly ipFamilies: readonly IpFamily[];
  readonly ipFamilyPolicy?: string;
  readonly externalName?: string;
  readonly ports: readonly ServicePortSpec[];
  readonly externalIps: readonly Ip[];
  readonly loadBalancerIngress: readonly LoadBalancerIngress[];
  readonly loadBalancerSourceRanges: readonly Cidr[];
  readonly allocateLoadBalancerNodePorts: boolean;
  readonly healthCheckNodePort?: number;
  readonly internalTrafficPolicy: TrafficPolicy;
  readonly externalTrafficPolicy: TrafficPolicy;
  /** Seconds; undefined: no session affinity. */
  readonly sessionAffinitySeconds?: number;
  readonly publishNotReadyAddresses: boolean;
  /** Which endpoints a client is to prefer, where there are several. */
  readonly trafficDistribution?: TrafficDistribution;
}
