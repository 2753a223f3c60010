/**
 * How clients of a host get to the controller of its Ingress, as far as the manifests leave it open: a controller that they
 * do not install, and a load balancer whose address they do not have.
 */

import { withAssumedWorkload } from '../../cluster/assumed-workload.ts';
import type { IngressControllerName } from '../../cluster/profile.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { type ControllerInstall, installsOf } from '../../l7/controller-install.ts';
import { CONTROLLERS } from '../../l7/controllers.ts';
import { outsideBalancer, outsideBalancerAddress } from '../../l7/ingress-doors.ts';
import { tablesOf } from '../../l7/ingress-tables.ts';
import { hostPatterns } from '../../l7/request.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import { parseReference } from '../reference.ts';
import type { Snapshot } from '../snapshot.ts';
import { type DoorClient, type DoorFacts, type FrontDoor, type OutsideProxy, openDoor } from './door.ts';

/** The Ingress that has the host of a URL; undefined: none has. */
export function ingressOf(snapshot: Snapshot, to: string): IngressObject | undefined {
  const reference = parseReference(to);
  return reference.kind === 'name' ? ingressesOf(snapshot, reference.host.toLowerCase())[0] : undefined;
}

/** The door of an Ingress. */
export function frontDoor(
  snapshot: Snapshot,
  ingress: IngressObject | undefined,
  client: DoorClient,
): FrontDoor {
  const owner = ingress === undefined ? undefined : tablesOf(snapshot.control).owners.get(ingress);
  if (ingress === undefined || owner?.controller === undefined) return { snapshot, assumed: [], notes: [] };
  const status = statusAddress(ingress, client.family);
  const outside = outsideBalancer(ingress, owner.controller);
  if (outside !== undefined) {
    const told = { ingress, controller: owner.controller };
    return outsideDoor(snapshot, { ...told, name: outside, status, family: client.family });
  }
  const install = installsOf(snapshot.control).get(owner.controller);
  return install === undefined
    ? assumedDoor(snapshot, owner.controller, { status, client })
    : installedDoor(snapshot, install, { status, client });
}

/** The status is that of the Ingress: the address that its controller wrote there. */
type Facts = Omit<DoorFacts, 'service'>;

interface Outside extends Omit<OutsideProxy, 'address'> {
  readonly name: string;
  readonly status: Ip | undefined;
  readonly family: IpFamily;
}

/** Its load balancer has the address of the status; without one only what people write gets an invented one. */
function outsideDoor(snapshot: Snapshot, { name, status, family, ...told }: Outside): FrontDoor {
  if (status === undefined && snapshot.profile.input === 'stored') {
    return { snapshot, assumed: [], notes: [notFollowed(told.controller)] };
  }
  const address = status ?? outsideBalancerAddress(name, family);
  return {
    snapshot,
    outside: { ...told, address },
    assumed: status === undefined ? [{ code: 'A_LB_ADDRESS', values: [address.text] }] : [],
    notes: [],
  };
}

/** Ingresses with a rule for the host; one that names it comes before one with a wildcard. */
function ingressesOf({ objects }: Snapshot, host: string): readonly IngressObject[] {
  const all = objects.ofKind('Ingress');
  return hostPatterns(host).flatMap((name) =>
    all.filter(({ body }) => body.rules.some((rule) => rule.host === name)),
  );
}

function statusAddress({ body }: IngressObject, family: IpFamily): Ip | undefined {
  return body.addresses.map(parseIp).find((ip) => ip?.family === family);
}

function assumedDoor(snapshot: Snapshot, controller: IngressControllerName, facts: Facts): FrontDoor {
  const { install } = CONTROLLERS[controller];
  const closed: FrontDoor = { snapshot, assumed: [], notes: [] };
  if (install === undefined || snapshot.profile.input === 'stored') {
    return { ...closed, notes: [notFollowed(controller)] };
  }
  const { namespace, name, externalTrafficPolicy } = install;
  const cluster = withAssumedWorkload(snapshot.cluster, install);
  const service = cluster.services.find(({ key }) => key === `${namespace}/${name}`);
  const values = [
    `${namespace}/${name}, of type LoadBalancer with externalTrafficPolicy ${externalTrafficPolicy}`,
  ];
  return {
    ...openDoor(snapshot, cluster, { service, ...facts }),
    assumed: [{ code: 'A_CONTROLLER', values }],
  };
}

function notFollowed(controller: IngressControllerName): Diagnostic {
  return {
    code: 'controller-assumed',
    severity: 'warning',
    text: `no pod of the manifests is the controller's (${controller}): what it does with the request is not followed; k8snet explain ingress --url tells its rule`,
    sources: [],
  };
}

function installedDoor(snapshot: Snapshot, { service, assumed }: ControllerInstall, facts: Facts): FrontDoor {
  const notes: FrontDoor['assumed'] =
    assumed === undefined ? [] : [{ code: 'A_CONTROLLER', values: [`${service?.key}: ${assumed}`] }];
  if (service === undefined) return { snapshot, assumed: notes, notes: [] };
  const door = openDoor(snapshot, snapshot.cluster, { service, ...facts });
  return { ...door, assumed: [...notes, ...door.assumed] };
}
