/** The way to a proxy, as far as the manifests leave it open: the Service in front of it, and its load balancer. */

import { withBalancerAddress } from '../../cluster/assumed-workload.ts';
import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import type { IngressControllerName } from '../../cluster/profile.ts';
import { balancerAddress, hasLoadBalancer } from '../../control/load-balancer.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import type { AssumptionCode } from '../assumptions.ts';
import { type Snapshot, withCluster } from '../snapshot.ts';

/** A load balancer that no Service and no pod stands for. */
export interface OutsideProxy {
  readonly controller: IngressControllerName;
  readonly ingress: IngressObject;
  /** Where clients find it. */
  readonly address: Ip;
}

/** The snapshot with the door in it, and what that rests on. */
export interface FrontDoor {
  readonly snapshot: Snapshot;
  /** Clients come by it. */
  readonly service?: ClusterService;
  /** They come by a load balancer outside the cluster, which reads the request itself. */
  readonly outside?: OutsideProxy;
  readonly assumed: readonly { readonly code: AssumptionCode; readonly values: readonly string[] }[];
  readonly notes: readonly Diagnostic[];
}

export interface DoorClient {
  readonly family: IpFamily;
  /** An invented address is the balancer's alone: nobody in the cluster has to know it. */
  readonly isOutside: boolean;
}

export interface DoorFacts {
  /** undefined: pods without a Service. */
  readonly service: ClusterService | undefined;
  /** The address that a controller wrote. */
  readonly status: Ip | undefined;
  readonly client: DoorClient;
}

/**
 * The door behind a Service, whose load balancer gets the address that it has in a status, or an invented one. Packets from
 * inside need it in the Service: kube-proxy takes them for the Service's.
 * @param cluster that of the snapshot, or one with more in it.
 */
export function openDoor(
  snapshot: Snapshot,
  cluster: Cluster,
  { service, status, client }: DoorFacts,
): FrontDoor {
  const door: FrontDoor = {
    snapshot: cluster === snapshot.cluster ? snapshot : withCluster(snapshot, cluster),
    assumed: [],
    notes: [],
  };
  if (service === undefined) return door;
  const isWritten = service.body.loadBalancerIngress.length > 0;
  if (!hasLoadBalancer(service) || isWritten || (client.isOutside && status === undefined)) {
    return { ...door, service };
  }
  const ip = status ?? balancerAddress(service, client.family).ip;
  const wider = withBalancerAddress(cluster, service, ip);
  return {
    ...door,
    snapshot: withCluster(snapshot, wider),
    service: wider.services.find(({ key }) => key === service.key) ?? service,
    assumed: status === undefined ? [{ code: 'A_LB_ADDRESS', values: [ip.text] }] : [],
  };
}
