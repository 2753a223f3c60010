/** What a Kubernetes version does, where it differs in what is modelled. */

/** Feature gates of the control plane and kube-proxy, as they are by default. */
export interface FeatureGates {
  /** KEP-2433: hints by the zones' share of CPU. Beta, and on, since 1.24. */
  readonly topologyAwareHints: boolean;
  /** KEP-4444: `spec.trafficDistribution`. Beta, and on, since 1.31. */
  readonly serviceTrafficDistribution: boolean;
  /** KEP-3015: PreferSameZone, PreferSameNode and node hints. Beta, and on, since 1.34. */
  readonly preferSameTrafficDistribution: boolean;
  /** KEP-1880: ServiceCIDR objects. GA, and on, since 1.33. */
  readonly multiCidrServiceAllocator: boolean;
  /**
   * Of two entries with one address kube-proxy takes that which is not terminating. Before, the one of its own node,
   * else the first that it sees. No gate: pkg/proxy/endpointslicecache.go addEndpoints, since 1.36.
   */
  readonly prefersRunningEndpoint: boolean;
}

/**
 * The gates that a version has on.
 * @param kubernetes `1.35`.
 */
export function featureGates(kubernetes: string): FeatureGates {
  const minor = Number(kubernetes.split('.')[1]);
  return {
    topologyAwareHints: minor >= 24,
    serviceTrafficDistribution: minor >= 31,
    preferSameTrafficDistribution: minor >= 34,
    multiCidrServiceAllocator: minor >= 33,
    prefersRunningEndpoint: minor >= 36,
  };
}
