/** EndpointSlice objects as slices. */

import type { Cluster, PodKey, ServiceKey } from '../cluster/cluster.ts';
import { compareText } from '../collections/order.ts';
import type { EndpointSliceObject, SliceEndpoint } from '../k8s/kinds/endpoint-slice.ts';
import type { EndpointsObject } from '../k8s/kinds/endpoints.ts';
import { type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import { featureGates } from './feature-gates.ts';
import type { Slice, SliceEntry } from './slice.ts';
import { MANAGED_BY, MIRRORING_CONTROLLER, SERVICE_NAME, SLICE_CONTROLLER } from './slice-labels.ts';

/** A slice object, with who made it. */
export interface WrittenSlice {
  readonly slice: Slice;
  readonly madeBy: 'controller' | 'mirroring' | 'hand';
}

/**
 * The slices of the input by the Service that their label names.
 * @param label the one that names it: another one for the Services of a set of clusters.
 */
export function readSlices(
  cluster: Cluster,
  label: string = SERVICE_NAME,
): ReadonlyMap<ServiceKey, readonly WrittenSlice[]> {
  const found = new Map<ServiceKey, WrittenSlice[]>();
  const objects = [...cluster.objects.ofKind('EndpointSlice')];
  objects.sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  for (const object of objects) {
    const service = object.metadata.labels.get(label);
    const slice = readSlice(object, cluster);
    if (service === undefined || slice === undefined) continue;
    const key: ServiceKey = `${object.metadata.namespace}/${service}`;
    const slices = found.get(key) ?? [];
    slices.push({ slice, madeBy: makerOf(object) });
    found.set(key, slices);
  }
  return found;
}

/**
 * FQDN slices are of no use to anybody here: neither proxy nor DNS takes names for addresses. Versions without
 * node hints do not store them (kubernetes/kubernetes:pkg/registry/discovery/endpointslice/strategy.go).
 */
function readSlice({ metadata, body, origin }: EndpointSliceObject, cluster: Cluster): Slice | undefined {
  if (body.addressType === 'FQDN') return undefined;
  const family = body.addressType === 'IPv4' ? 4 : 6;
  const { preferSameTrafficDistribution: hasNodeHints } = featureGates(cluster.profile.kubernetes);
  return {
    family,
    ports: body.ports,
    endpoints: body.endpoints.flatMap((endpoint) => {
      const entry = sliceEntry(endpoint, { family, origin, cluster });
      if (entry === undefined) return [];
      return [hasNodeHints ? entry : { ...entry, nodeHints: [] }];
    }),
    labels: metadata.labels,
  };
}

function makerOf({ metadata }: EndpointSliceObject): WrittenSlice['madeBy'] {
  const manager = metadata.labels.get(MANAGED_BY);
  if (manager === SLICE_CONTROLLER) return 'controller';
  return manager === MIRRORING_CONTROLLER ? 'mirroring' : 'hand';
}

export interface EntryContext {
  readonly family: IpFamily;
  /** The object that the endpoint is written in. */
  readonly origin: SourceRef;
  readonly cluster: Cluster;
}

/**
 * A written endpoint with the defaults that kube-proxy takes for its conditions; undefined when it has no
 * address of the family. Source: kubernetes/kubernetes:pkg/proxy/endpointslicecache.go.
 */
export function sliceEntry(
  endpoint: SliceEndpoint,
  { family, origin, cluster }: EntryContext,
): SliceEntry | undefined {
  const addresses = endpoint.addresses.flatMap((text) => {
    const ip = parseIp(text);
    return ip?.family === family ? [ip] : [];
  });
  const [first] = addresses;
  if (first === undefined) return undefined;
  return {
    addresses,
    ready: endpoint.ready ?? true,
    serving: endpoint.serving ?? true,
    terminating: endpoint.terminating ?? false,
    hostname: endpoint.hostname || undefined,
    pod: podOf(endpoint, first, cluster),
    targetName: endpoint.target?.name,
    node: endpoint.nodeName || undefined,
    zone: endpoint.zone || undefined,
    zoneHints: endpoint.zoneHints,
    nodeHints: endpoint.nodeHints,
    origin: refTo(origin, ...endpoint.path),
  };
}

/** The pod that the endpoint names, else the one that has its address. */
function podOf({ target }: SliceEndpoint, ip: Ip, { podByKey, podByIp }: Cluster): PodKey | undefined {
  if (target?.kind === 'Pod') {
    const named = podByKey.get(`${target.namespace}/${target.name}`);
    if (named !== undefined) return named.key;
  }
  return podByIp.get(ip)?.key;
}

/** Endpoints objects by their key, which is the Service's too. */
export function indexEndpoints({ objects }: Cluster): ReadonlyMap<ServiceKey, EndpointsObject> {
  return new Map(
    objects
      .ofKind('Endpoints')
      .map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
}
