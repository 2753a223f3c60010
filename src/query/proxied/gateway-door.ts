/** How clients of a host get to the Gateway that is for it, as far as the manifests leave it open. */

import {
  type AssumedWorkload,
  withAssumedWorkload,
  withBalancerAddress,
} from '../../cluster/assumed-workload.ts';
import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import { balancerAddress, hasLoadBalancer } from '../../control/load-balancer.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { coversHostname, EVERY_HOST } from '../../l7/gateway-api/hostnames.ts';
import { assumedGateway, gatewayInstall } from '../../l7/gateway-install.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { gatewaysOf } from '../gateway/scene.ts';
import { parseReference } from '../reference.ts';
import { type Snapshot, withCluster } from '../snapshot.ts';
import type { FrontDoor } from './front-door.ts';

/** The Gateway that names the host of a URL, in a listener or in a route; undefined: none does. */
export function gatewayOf({ control, objects }: Snapshot, to: string): GatewayTable | undefined {
  const reference = parseReference(to);
  if (reference.kind !== 'name' || objects.ofKind('Gateway').length === 0) return undefined;
  const host = reference.host.toLowerCase();
  return gatewaysOf(control).gateways.find((table) =>
    hostsOf(table).some((name) => coversHostname(name, host)),
  );
}

/** The names that somebody wrote: a Gateway that takes every host is that of no host in particular. */
function hostsOf({ listeners, attachmentsOf }: GatewayTable): readonly string[] {
  const names = listeners
    .filter(({ accepted }) => accepted)
    .flatMap((listener) => [
      listener.body.hostname ?? EVERY_HOST,
      ...attachmentsOf(listener).flatMap(({ hostnames }) => hostnames.map(({ effective }) => effective)),
    ]);
  return [...new Set(names)].filter((name) => name !== EVERY_HOST);
}

/** The door of a Gateway: its own Service, else one that is assumed; with the address that its status has. */
export function gatewayDoor(snapshot: Snapshot, table: GatewayTable, family: IpFamily): FrontDoor {
  const { cluster, control } = snapshot;
  const status = table.gateway.body.addresses.map(parseIp).find((ip) => ip?.family === family);
  const install = gatewayInstall(control, table);
  if (install !== undefined) return opened(snapshot, cluster, { service: install.service, status, family });
  const workload = snapshot.profile.input === 'stored' ? undefined : assumedGateway(table);
  if (workload === undefined) return { snapshot, assumed: [], notes: [] };
  return doorOfAssumed(snapshot, workload, { status, family });
}

/** The door of a gateway that the manifests leave out: its pods, and the Service in front of them. */
export function doorOfAssumed(
  snapshot: Snapshot,
  workload: AssumedWorkload,
  { status, family }: Omit<Known, 'service'>,
): FrontDoor {
  const name = `${workload.namespace}/${workload.name}`;
  const cluster = withAssumedWorkload(snapshot.cluster, workload);
  const service = cluster.services.find(({ key }) => key === name);
  const door = opened(snapshot, cluster, { service, status, family });
  const values = [`${name}, of type LoadBalancer with externalTrafficPolicy Cluster`];
  return { ...door, assumed: [{ code: 'A_CONTROLLER', values }, ...door.assumed] };
}

interface Known {
  readonly service: ClusterService | undefined;
  readonly status: Ip | undefined;
  readonly family: IpFamily;
}

/** The door behind a Service, whose load balancer gets an address if it has none. */
export function opened(snapshot: Snapshot, cluster: Cluster, { service, status, family }: Known): FrontDoor {
  const isOpen =
    service === undefined || !hasLoadBalancer(service) || service.body.loadBalancerIngress.length > 0;
  if (isOpen) {
    const same = cluster === snapshot.cluster ? snapshot : withCluster(snapshot, cluster);
    return { snapshot: same, assumed: [], notes: [], ...(service === undefined ? {} : { service }) };
  }
  const ip = status ?? balancerAddress(service, family).ip;
  const wider = withBalancerAddress(cluster, service, ip);
  const own = wider.services.find(({ key }) => key === service.key) ?? service;
  const assumed = status === undefined ? [{ code: 'A_LB_ADDRESS' as const, values: [ip.text] }] : [];
  return { snapshot: withCluster(snapshot, wider), service: own, assumed, notes: [] };
}
