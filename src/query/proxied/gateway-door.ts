/** How clients of a host get to the Gateway that is for it, as far as the manifests leave it open. */

import { type AssumedWorkload, withAssumedWorkload } from '../../cluster/assumed-workload.ts';
import type { GatewayTable } from '../../l7/gateway-api/gateway-table.ts';
import { coversHostname, EVERY_HOST } from '../../l7/gateway-api/hostnames.ts';
import { assumedGateway, gatewayInstall } from '../../l7/gateway-install.ts';
import { type IpFamily, parseIp } from '../../net/ip.ts';
import { gatewaysOf } from '../gateway/scene.ts';
import { parseReference } from '../reference.ts';
import type { Snapshot } from '../snapshot.ts';
import { type DoorFacts, type FrontDoor, openDoor } from './door.ts';

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
  const client = { family, isOutside: false };
  if (install !== undefined) return openDoor(snapshot, cluster, { service: install.service, status, client });
  const workload = snapshot.profile.input === 'stored' ? undefined : assumedGateway(table);
  if (workload === undefined) return { snapshot, assumed: [], notes: [] };
  return doorOfAssumed(snapshot, workload, { status, client });
}

/** The door of a gateway that the manifests leave out: its pods, and the Service in front of them. */
export function doorOfAssumed(
  snapshot: Snapshot,
  workload: AssumedWorkload,
  facts: Omit<DoorFacts, 'service'>,
): FrontDoor {
  const name = `${workload.namespace}/${workload.name}`;
  const cluster = withAssumedWorkload(snapshot.cluster, workload);
  const service = cluster.services.find(({ key }) => key === name);
  const door = openDoor(snapshot, cluster, { service, ...facts });
  const values = [`${name}, of type LoadBalancer with externalTrafficPolicy Cluster`];
  return { ...door, assumed: [{ code: 'A_CONTROLLER', values }, ...door.assumed] };
}
