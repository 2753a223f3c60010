/**
 * What the DNS server's cache holds of a cluster, behind the indexes that its questions need. Each index is
 * built when it is first asked: a look-up of a Service builds none.
 * Source: coredns/coredns:plugin/kubernetes/controller.go and object/*.go.
 */

import type { Cluster, ClusterService, Namespace, Pod, ServiceKey } from '../../cluster/cluster.ts';
import { isNamespaceOfEveryCluster } from '../../cluster/namespaces.ts';
import { addTo, groupBy, groupByEach } from '../../collections/grouping.ts';
import { once, onceEach } from '../../collections/once.ts';
import type { ServiceImportObject } from '../../k8s/kinds/service-import.ts';
import type { Labels } from '../../k8s/object.ts';
import { selectorMatches } from '../../k8s/selector.ts';
import type { Ip } from '../../net/ip.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { ControlPlane } from '../control-plane.ts';
import { readSlices } from '../read-slices.ts';
import type { Slice } from '../slice.ts';
import type { KubernetesSettings } from './settings.ts';

/** Ready endpoints that share a set of ports: those of a slice. */
export interface EndpointSubset {
  readonly ports: readonly NamePort[];
  readonly endpoints: readonly NamedEndpoint[];
  /** The cluster that a slice of a set of clusters comes from, in lower case. */
  readonly clusterId?: string;
}

export interface NamePort {
  readonly name: string;
  readonly protocol: string;
  /** -1: none is declared (see `hasPort`). */
  readonly port: number;
}

export interface NamedEndpoint {
  readonly ip: Ip;
  /** The label that the endpoint has below its Service's name, in lower case. */
  readonly name: string;
  /** In lower case. */
  readonly zone: string | undefined;
  readonly origin: SourceRef | undefined;
}

/** An address of an endpoint, with the Service that its slice names, be it there or not. */
export interface EndpointOwner {
  readonly service: ServiceKey;
  readonly endpoint: NamedEndpoint;
}

export interface ClusterNames {
  readonly cluster: Cluster;
  /** Is the namespace there, and shown (`namespaces`, `namespace_labels`)? */
  isExposed(namespace: string): boolean;
  service(key: ServiceKey): ClusterService | undefined;
  /** In the order of their keys. */
  services(): Iterable<ClusterService>;
  subsetsOf(service: ServiceKey): readonly EndpointSubset[];
  /** Only the endpoints of that name. */
  subsetsNamed(service: ServiceKey, endpoint: string): readonly EndpointSubset[];
  serviceImport(key: ServiceKey): ServiceImportObject | undefined;
  importedSubsetsOf(service: ServiceKey): readonly EndpointSubset[];
  servicesAt(clusterIp: Ip): readonly ClusterService[];
  /** By an external or load balancer address. */
  servicesAtExternal(ip: Ip): readonly ClusterService[];
  endpointsAt(ip: Ip): readonly EndpointOwner[];
  /** Addresses of the ready endpoints of a Service, also where the server does not see endpoints. */
  addressesBehind(service: ServiceKey): readonly Ip[];
  /** Pods by their primary address, those that end left out. */
  podsAt(ip: Ip): readonly Pod[];
}

/** The port of what declares none. */
const NO_PORT = -1;
const PORTLESS: readonly NamePort[] = [{ name: '', protocol: '', port: NO_PORT }];

/** mcs-api:pkg/apis/v1alpha1/well_known_labels.go. */
const IMPORTED_SERVICE = 'multicluster.kubernetes.io/service-name';
const SOURCE_CLUSTER = 'multicluster.kubernetes.io/source-cluster';
/** Longer pod names are no labels. */
const MAX_POD_NAME = 63;

/** Has it a port of its own? */
export function hasPort({ port }: { readonly port: number }): boolean {
  return port !== NO_PORT;
}

/** The ports of a Service, or one that stands for none. */
export function portsOrNone(ports: readonly NamePort[]): readonly NamePort[] {
  return ports.length === 0 ? PORTLESS : ports;
}

/** The names of a cluster as a server with these settings sees it. */
export function clusterNames(control: ControlPlane, settings: KubernetesSettings): ClusterNames {
  const { cluster } = control;
  const shows = ({ labels }: { readonly labels: Labels }) =>
    settings.selector === undefined || selectorMatches(settings.selector, labels);
  const toSubsets = (slices: readonly Slice[]) =>
    settings.noEndpoints ? [] : slices.filter(shows).map((slice) => subsetOf(slice, settings));
  const service = (key: ServiceKey) => {
    const found = control.serviceByKey.get(key);
    return found !== undefined && shows(found) ? found : undefined;
  };
  const services = once(() => cluster.services.filter(shows));
  const subsetsOf = onceEach((key: ServiceKey) => toSubsets(control.slicesOf(key)));
  const byName = onceEach((key: ServiceKey) => indexByName(subsetsOf(key)));
  const imports = once(() => indexImports(cluster));
  const imported = once(() => readSlices(cluster, IMPORTED_SERVICE));
  const byClusterIp = once(() => groupByEach(services(), ({ clusterIps }) => clusterIps));
  const byExternalIp = once(() => groupByEach(services(), externalAddresses));
  const owners = once(() =>
    groupByEach(endpointOwners(control, { subsetsOf, toSubsets }), ({ endpoint }) => [endpoint.ip]),
  );
  const podsByIp = once(() =>
    groupByEach(
      cluster.pods.filter((pod) => isCached(pod) && shows(pod)),
      primaryAddress,
    ),
  );
  return {
    cluster,
    addressesBehind: (key) =>
      control
        .slicesOf(key)
        .flatMap(({ endpoints }) =>
          endpoints.filter(({ ready }) => ready).flatMap(({ addresses }) => addresses),
        ),
    isExposed: (namespace) => isExposed(cluster, settings, namespace),
    service,
    services,
    subsetsOf,
    subsetsNamed: (key, endpoint) => byName(key).get(endpoint) ?? [],
    serviceImport: (key) => imports().get(key),
    importedSubsetsOf: (key) => toSubsets((imported().get(key) ?? []).map(({ slice }) => slice)),
    servicesAt: (ip) => byClusterIp().get(ip) ?? [],
    servicesAtExternal: (ip) => byExternalIp().get(ip) ?? [],
    endpointsAt: (ip) => owners().get(ip) ?? [],
    podsAt: (ip) => podsByIp().get(ip) ?? [],
  };
}

/** coredns/coredns:plugin/kubernetes/namespace.go. */
function isExposed(cluster: Cluster, settings: KubernetesSettings, name: string): boolean {
  if (settings.namespaces.size > 0 && !settings.namespaces.has(name)) return false;
  const found: Pick<Namespace, 'labels'> | undefined =
    cluster.namespaces.get(name) ?? (isNamespaceOfEveryCluster(name) ? { labels: new Map() } : undefined);
  if (found === undefined) return false;
  return (
    settings.namespaceSelector === undefined || selectorMatches(settings.namespaceSelector, found.labels)
  );
}

/** object/endpoint.go EndpointSliceToEndpoints: what is not ready is not there. */
function subsetOf(
  { ports, endpoints, labels }: Slice,
  { endpointPodNames }: KubernetesSettings,
): EndpointSubset {
  const clusterId = labels.get(SOURCE_CLUSTER)?.toLowerCase();
  return {
    ports: portsOrNone(ports.map(({ name, protocol, port = NO_PORT }) => ({ name, protocol, port }))),
    endpoints: endpoints.flatMap((entry) =>
      entry.ready
        ? entry.addresses.map((ip) => ({
            ip,
            name: endpointName(
              ip,
              entry.hostname ?? (endpointPodNames ? podLabel(entry.targetName) : undefined),
            ),
            zone: entry.zone?.toLowerCase(),
            origin: entry.origin,
          }))
        : [],
    ),
    ...(clusterId === undefined ? {} : { clusterId }),
  };
}

function podLabel(name: string | undefined): string | undefined {
  return name === undefined || name.length > MAX_POD_NAME ? undefined : name;
}

/** Its own name, else its address with dashes; a label may not end in one, hence the 0 (CoreDNS 1.12.3). */
function endpointName(ip: Ip, own: string | undefined): string {
  if (own !== undefined && own !== '') return own.toLowerCase();
  return ip.text.replaceAll(/[.:]/g, '-').replace(/-$/, '-0');
}

/** The server does not watch pods that have ended or are going (controller.go podListFunc, object/pod.go). */
function isCached({ readiness, finished, ips }: Pod): boolean {
  return readiness !== 'terminating' && !finished && ips.length > 0;
}

function primaryAddress({ ips }: Pod): readonly Ip[] {
  return ips.slice(0, 1);
}

function externalAddresses({ body }: ClusterService): readonly Ip[] {
  return [...body.externalIps, ...body.loadBalancerIngress.flatMap(({ ip }) => ip ?? [])];
}

interface Subsets {
  subsetsOf(service: ServiceKey): readonly EndpointSubset[];
  toSubsets(slices: readonly Slice[]): readonly EndpointSubset[];
}

/** Of every Service, and of slices whose Service is not there: those have no name, but are found by address. */
function* endpointOwners(control: ControlPlane, { subsetsOf, toSubsets }: Subsets): Generator<EndpointOwner> {
  for (const { key } of control.cluster.services) yield* ownersIn(key, subsetsOf(key));
  for (const [key, slices] of readSlices(control.cluster)) {
    if (control.serviceByKey.has(key)) continue;
    yield* ownersIn(key, toSubsets(slices.map(({ slice }) => slice)));
  }
}

function* ownersIn(service: ServiceKey, subsets: readonly EndpointSubset[]): Generator<EndpointOwner> {
  for (const { endpoints } of subsets) for (const endpoint of endpoints) yield { service, endpoint };
}

function indexByName(subsets: readonly EndpointSubset[]): ReadonlyMap<string, readonly EndpointSubset[]> {
  const index = new Map<string, EndpointSubset[]>();
  for (const subset of subsets) {
    for (const [name, endpoints] of groupBy(subset.endpoints, ({ name }) => name)) {
      addTo(index, name, { ...subset, endpoints });
    }
  }
  return index;
}

function indexImports(cluster: Cluster): ReadonlyMap<ServiceKey, ServiceImportObject> {
  return new Map(
    cluster.objects
      .ofKind('ServiceImport')
      .map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
}
