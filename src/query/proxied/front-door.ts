/**
 * How clients of a host get to the controller of its Ingress, as far as the manifests leave it open: a controller that they
 * do not install, and a load balancer whose address they do not have.
 */

import { withAssumedWorkload, withBalancerAddress } from '../../cluster/assumed-workload.ts';
import type { Cluster, ClusterService } from '../../cluster/cluster.ts';
import type { IngressControllerName } from '../../cluster/profile.ts';
import { balancerAddress, hasLoadBalancer } from '../../control/load-balancer.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import { type ControllerInstall, installsOf } from '../../l7/controller-install.ts';
import { CONTROLLERS } from '../../l7/controllers.ts';
import { tablesOf } from '../../l7/ingress-tables.ts';
import { type Ip, type IpFamily, parseIp } from '../../net/ip.ts';
import type { AssumptionCode } from '../assumptions.ts';
import { parseReference } from '../reference.ts';
import { type Snapshot, withCluster } from '../snapshot.ts';

/** The snapshot with the door in it, and what that rests on. */
export interface FrontDoor {
  readonly snapshot: Snapshot;
  /** Clients come by it. */
  readonly service?: ClusterService;
  readonly assumed: readonly { readonly code: AssumptionCode; readonly values: readonly string[] }[];
  readonly notes: readonly Diagnostic[];
}

interface Client {
  readonly family: IpFamily;
  readonly isOutside: boolean;
}

/** The Ingress that has the host of a URL; undefined: none has. */
export function ingressOf(snapshot: Snapshot, to: string): IngressObject | undefined {
  const reference = parseReference(to);
  return reference.kind === 'name' ? ingressesOf(snapshot, reference.host.toLowerCase())[0] : undefined;
}

/** The door of an Ingress. */
export function frontDoor(snapshot: Snapshot, ingress: IngressObject | undefined, client: Client): FrontDoor {
  const owner = ingress === undefined ? undefined : tablesOf(snapshot.control).owners.get(ingress);
  if (ingress === undefined || owner?.controller === undefined) return { snapshot, assumed: [], notes: [] };
  const status = statusAddress(ingress, client.family);
  const install = installsOf(snapshot.control).get(owner.controller);
  return install === undefined
    ? assumedDoor(snapshot, owner.controller, { status, client })
    : installedDoor(snapshot, install, { status, client });
}

interface Facts {
  /** Of the Ingress: the address that its controller wrote there. */
  readonly status: Ip | undefined;
  readonly client: Client;
}

/** Ingresses with a rule for the host; one that names it comes before one with a wildcard. */
function ingressesOf({ objects }: Snapshot, host: string): readonly IngressObject[] {
  const all = objects.ofKind('Ingress');
  const wildcard = `*${host.slice(host.indexOf('.'))}`;
  return [host, wildcard].flatMap((name) =>
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
  const opened: { readonly cluster: Cluster; readonly service?: ClusterService } =
    service === undefined ? { cluster } : withAddress(cluster, service, facts);
  const values = [
    `${namespace}/${name}, of type LoadBalancer with externalTrafficPolicy ${externalTrafficPolicy}`,
  ];
  return {
    snapshot: withCluster(snapshot, opened.cluster),
    ...(opened.service === undefined ? {} : { service: opened.service }),
    assumed: [{ code: 'A_CONTROLLER', values }],
    notes: [],
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
  const opened = withAddress(snapshot.cluster, service, facts);
  return {
    snapshot: opened.cluster === snapshot.cluster ? snapshot : withCluster(snapshot, opened.cluster),
    service: opened.service,
    assumed: [...notes, ...opened.assumed],
    notes: [],
  };
}

/**
 * The address of the Service's load balancer as its status would have it. Packets from inside need it there: kube-proxy
 * takes them for the Service's. From outside an invented one is the balancer's alone.
 */
function withAddress(
  cluster: Cluster,
  service: ClusterService,
  { status, client }: Facts,
): { readonly cluster: Cluster; readonly service: ClusterService } & Pick<FrontDoor, 'assumed'> {
  const known = balancerAddress(service, client.family);
  const isWritten = service.body.loadBalancerIngress.length > 0;
  if (!hasLoadBalancer(service) || isWritten || (client.isOutside && status === undefined)) {
    return { cluster, service, assumed: [] };
  }
  const ip = status ?? known.ip;
  const opened = withBalancerAddress(cluster, service, ip);
  const found = opened.services.find(({ key }) => key === service.key) ?? service;
  const assumed = status === undefined ? [{ code: 'A_LB_ADDRESS' as const, values: [ip.text] }] : [];
  return { cluster: opened, service: found, assumed };
}
