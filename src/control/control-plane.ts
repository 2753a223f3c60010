/**
 * What the controllers of a cluster compute from its objects: Service ports with their endpoints, for
 * the proxies, and slices, for the cluster DNS. Knows nothing of packets.
 */

import type { Cluster, ClusterService, ServiceKey } from '../cluster/cluster.ts';
import { groupByEach } from '../collections/grouping.ts';
import { compareText } from '../collections/order.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { Ip } from '../net/ip.ts';
import { collectSlices } from './collect-slices.ts';
import { expandService } from './expand-services.ts';
import { featureGates } from './feature-gates.ts';
import { type PodSelection, selectPods } from './pod-selection.ts';
import type { ServicePort } from './service-port.ts';
import type { Slice } from './slice.ts';

export interface ControlPlane {
  readonly cluster: Cluster;
  /** Those that the proxy serves, in the order of their keys. */
  readonly servicePorts: readonly ServicePort[];
  readonly serviceByKey: ReadonlyMap<ServiceKey, ClusterService>;
  /** The Service ports that own an address: a cluster, external or load balancer one. */
  servicePortsAt(ip: Ip): readonly ServicePort[];
  servicePortsOf(service: ServiceKey): readonly ServicePort[];
  slicesOf(service: ServiceKey): readonly Slice[];
  readonly selectPods: PodSelection;
}

/** Runs the controllers over a cluster. */
export function buildControlPlane(cluster: Cluster, report: Report): ControlPlane {
  const select = selectPods(cluster);
  const slices = collectSlices(cluster, select, report);
  const gates = featureGates(cluster.profile.kubernetes);
  const byService = new Map(
    cluster.services.map((service) => [
      service.key,
      expandService(service, slices.get(service.key) ?? [], gates),
    ]),
  );
  const servicePorts = [...byService.values()].flat().sort((a, b) => compareText(a.key, b.key));
  const byIp = indexByIp(servicePorts);
  return {
    cluster,
    servicePorts,
    serviceByKey: new Map(cluster.services.map((service) => [service.key, service])),
    servicePortsAt: (ip) => byIp.get(ip) ?? [],
    servicePortsOf: (service) => byService.get(service) ?? [],
    slicesOf: (service) => slices.get(service) ?? [],
    selectPods: select,
  };
}

function indexByIp(servicePorts: readonly ServicePort[]): ReadonlyMap<Ip, readonly ServicePort[]> {
  return groupByEach(
    servicePorts,
    ({ clusterIps, externalIps, loadBalancerVips }) =>
      new Set([...clusterIps, ...externalIps, ...loadBalancerVips]),
  );
}
