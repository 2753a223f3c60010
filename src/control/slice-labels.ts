/** Labels of EndpointSlices: whose they are, who made them, who is to look at them. */

import type { ClusterService } from '../cluster/cluster.ts';
import type { Labels } from '../k8s/object.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
/** On slices of Services without a cluster address: the proxy does not watch them. */
export const HEADLESS = 'service.kubernetes.io/headless';
/** On Services and slices that another proxy than kube-proxy takes care of (any value). */
export const OTHER_PROXY = 'service.kubernetes.io/service-proxy-name';

export const SLICE_CONTROLLER = 'endpointslice-controller.k8s.io';
export const MIRRORING_CONTROLLER = 'endpointslicemirroring-controller.k8s.io';

const RESERVED: ReadonlySet<string> = new Set([SERVICE_NAME, MANAGED_BY, HEADLESS]);

/**
 * Labels of the slices that the controller makes for a Service: the Service's, but for the reserved ones.
 * Source: kubernetes/endpointslice:utils.go setEndpointSliceLabels.
 */
export function sliceLabels({
  name,
  labels,
  clusterIps,
}: Pick<ClusterService, 'name' | 'labels' | 'clusterIps'>): Labels {
  return new Map([
    ...[...labels].filter(([key]) => !RESERVED.has(key)),
    ...(clusterIps.length === 0 ? [[HEADLESS, ''] as const] : []),
    [SERVICE_NAME, name],
    [MANAGED_BY, SLICE_CONTROLLER],
  ]);
}
