/** The form of conformance files about EndpointSlices. Objects are fragments, often without metadata. */

export type Fragment = Readonly<Record<string, unknown>>;

export interface EndpointFragment extends Fragment {
  readonly addresses: readonly string[];
}

interface Base<Kind extends string> {
  readonly id: string;
  readonly kind: Kind;
}

export interface PodEndpointVector extends Base<'pod-endpoint'> {
  readonly service: Fragment;
  readonly pod: Fragment;
  readonly node: Fragment | null;
  readonly addressType: 'IPv4' | 'IPv6';
  readonly expect: Fragment;
}

export interface EndpointPortsVector extends Base<'endpoint-ports'> {
  readonly service: Fragment;
  readonly pod: Fragment;
  readonly expect: readonly Fragment[];
}

export interface FindPortVector extends Base<'find-port'> {
  readonly pod: Fragment;
  readonly servicePort: Fragment;
  readonly expect: number | null;
}

export interface AddressTypesVector extends Base<'address-types'> {
  readonly service: Fragment;
  readonly expect: readonly string[];
}

export interface PodEligibleVector extends Base<'pod-eligible'> {
  readonly pod: Fragment;
  readonly includeTerminating: boolean;
  readonly expect: boolean;
}

export interface HostnameVector extends Base<'hostname'> {
  readonly pod: Fragment;
  readonly service: Fragment;
  readonly expect: boolean;
}

export interface HintsEnabledVector extends Base<'hints-enabled'> {
  readonly cases: readonly {
    readonly annotations: Readonly<Record<string, string>>;
    readonly expect: boolean;
  }[];
}

export interface TrafficDistributionVector extends Base<'traffic-distribution'> {
  readonly trafficDistribution: string | null;
  readonly endpoints: readonly EndpointFragment[];
  readonly expect: readonly EndpointFragment[];
}

/** Numbers by zone. */
export type ByZone = Readonly<Record<string, number>>;

export interface TopologyAutoVector extends Base<'topology-auto'> {
  readonly zoneCpuRatios: ByZone | null;
  readonly endpoints: readonly EndpointFragment[];
  readonly expect: readonly EndpointFragment[];
  readonly expectHintsByZone: ByZone | null;
}

export interface ZoneRatiosVector extends Base<'zone-ratios'> {
  readonly nodes: readonly Fragment[];
  readonly expect: ByZone | null;
}

export interface RebalanceVector extends Base<'topology-rebalance'> {
  readonly desired: ByZone;
  readonly current: ByZone;
  readonly expect: { readonly giving: ByZone; readonly receiving: ByZone };
}

export interface Situation {
  readonly service: Fragment;
  readonly pods: readonly Fragment[];
  readonly nodes: readonly Fragment[];
  readonly gatePreferSameTrafficDistribution?: boolean;
}

export interface SliceFragment extends Fragment {
  readonly ports: readonly Fragment[];
  readonly endpoints: readonly EndpointFragment[];
}

export interface ReconcileVector extends Base<'reconcile'>, Situation {
  readonly expect: readonly SliceFragment[];
  readonly expectSkippedPods: boolean;
}

export interface ReconcileHintsVector extends Base<'reconcile-hints'>, Situation {
  readonly expect: {
    readonly hintsByZone: ByZone | null;
    readonly hintsByNode: ByZone | null;
    readonly crossZoneHints: number;
  };
}

export type EndpointSliceVector =
  | PodEndpointVector
  | EndpointPortsVector
  | FindPortVector
  | AddressTypesVector
  | PodEligibleVector
  | HostnameVector
  | HintsEnabledVector
  | TrafficDistributionVector
  | TopologyAutoVector
  | ZoneRatiosVector
  | RebalanceVector
  | ReconcileVector
  | ReconcileHintsVector;

export interface EndpointSliceFile {
  readonly format: 'k8snet-endpointslice-vectors/1';
  readonly vectors: readonly EndpointSliceVector[];
}
