/** EndpointSlice and Endpoints objects as slices. */

import type { Cluster, PodKey, ServiceKey } from '../cluster/cluster.ts';
import { compareText } from '../cluster/order.ts';
import type { EndpointSliceObject, SliceEndpoint } from '../k8s/kinds/endpoint-slice.ts';
import type { EndpointsObject, EndpointsSubset } from '../k8s/kinds/endpoints.ts';
import { type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { Slice, SliceEntry } from './slice.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const HEADLESS = 'service.kubernetes.io/headless';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const CHANGE_TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';

/** A slice object, with who made it. */
export interface WrittenSlice {
  readonly slice: Slice;
  readonly madeBy: 'controller' | 'mirroring' | 'hand';
}

/** The slices of the input by the Service that their label names. */
export function readSlices(cluster: Cluster): ReadonlyMap<ServiceKey, readonly WrittenSlice[]> {
  const found = new Map<ServiceKey, WrittenSlice[]>();
  const objects = [...cluster.objects.ofKind('EndpointSlice')];
  objects.sort((a, b) => compareText(a.metadata.name, b.metadata.name));
  for (const object of objects) {
    const service = object.metadata.labels.get(SERVICE_NAME);
    const slice = readSlice(object, cluster);
    if (service === undefined || slice === undefined) continue;
    const key: ServiceKey = `${object.metadata.namespace}/${service}`;
    const slices = found.get(key) ?? [];
    slices.push({ slice, madeBy: makerOf(object) });
    found.set(key, slices);
  }
  return found;
}

/** FQDN slices are of no use to anybody here: neither proxy nor DNS takes names for addresses. */
function readSlice({ metadata, body, origin }: EndpointSliceObject, cluster: Cluster): Slice | undefined {
  if (body.addressType === 'FQDN') return undefined;
  const family = body.addressType === 'IPv4' ? 4 : 6;
  return {
    family,
    ports: body.ports,
    endpoints: body.endpoints.flatMap((endpoint) => entryOf(endpoint, { family, origin, cluster })),
    headless: metadata.labels.has(HEADLESS),
  };
}

function makerOf({ metadata }: EndpointSliceObject): WrittenSlice['madeBy'] {
  const manager = metadata.labels.get(MANAGED_BY);
  if (manager === 'endpointslice-controller.k8s.io') return 'controller';
  return manager === 'endpointslicemirroring-controller.k8s.io' ? 'mirroring' : 'hand';
}

interface EntryContext {
  readonly family: IpFamily;
  readonly origin: SourceRef;
  readonly cluster: Cluster;
}

/** Defaults of conditions: kubernetes/kubernetes:pkg/proxy/endpointslicecache.go. */
function entryOf(endpoint: SliceEndpoint, { family, origin, cluster }: EntryContext): readonly SliceEntry[] {
  const addresses = endpoint.addresses.flatMap((text) => {
    const ip = parseIp(text);
    return ip?.family === family ? [ip] : [];
  });
  const [first] = addresses;
  if (first === undefined) return [];
  return [
    {
      addresses,
      ready: endpoint.ready ?? true,
      serving: endpoint.serving ?? true,
      terminating: endpoint.terminating ?? false,
      hostname: endpoint.hostname || undefined,
      pod: podOf(endpoint, first, cluster),
      node: endpoint.nodeName || undefined,
      zoneHints: endpoint.zoneHints,
      nodeHints: endpoint.nodeHints,
      origin: refTo(origin, ...endpoint.path),
    },
  ];
}

/** The pod that the endpoint names, else the one that has its address. */
function podOf({ target }: SliceEndpoint, ip: Ip, { podByKey, podByIp }: Cluster): PodKey | undefined {
  if (target?.kind === 'Pod') {
    const named = podByKey.get(`${target.namespace}/${target.name}`);
    if (named !== undefined) return named.key;
  }
  return podByIp.get(ip)?.key;
}

/**
 * Will the mirroring controller take this Endpoints object over into slices?
 * Source: kubernetes/kubernetes:pkg/controller/endpointslicemirroring/utils.go.
 */
export function isMirrored({ metadata }: EndpointsObject): boolean {
  return metadata.labels.get(SKIP_MIRROR) !== 'true' && !metadata.annotations.has(LEADER);
}

/** Did the endpoints controller write this object (so that it says what the cluster's pods were)? */
export function isGenerated({ metadata, body }: EndpointsObject): boolean {
  const endpoints = body.subsets.flatMap((subset) => subset.endpoints);
  return metadata.annotations.has(CHANGE_TRIGGER) || endpoints.some(({ target }) => target?.kind === 'Pod');
}

/** One slice for each subset and family, as the mirroring controller makes them. */
export function mirrorEndpoints({ body, origin }: EndpointsObject, cluster: Cluster): readonly Slice[] {
  return body.subsets.flatMap((subset) =>
    ([4, 6] as const)
      .map((family) => subsetSlice(subset, { family, origin, cluster }))
      .filter(({ endpoints }) => endpoints.length > 0),
  );
}

function subsetSlice({ endpoints, ports }: EndpointsSubset, context: EntryContext): Slice {
  return {
    family: context.family,
    ports,
    endpoints: endpoints.flatMap((endpoint) => entryOf(endpoint, context)),
    headless: false,
  };
}

/** Endpoints objects by their key, which is the Service's too. */
export function indexEndpoints({ objects }: Cluster): ReadonlyMap<ServiceKey, EndpointsObject> {
  return new Map(
    objects
      .ofKind('Endpoints')
      .map((object) => [`${object.metadata.namespace}/${object.metadata.name}`, object]),
  );
}
