/**
 * The EndpointSlice mirroring controller: Endpoints objects by hand to slices.
 * Source: kubernetes/kubernetes:pkg/controller/endpointslicemirroring.
 */

import type { Cluster } from '../cluster/cluster.ts';
import type { EndpointsObject } from '../k8s/kinds/endpoints.ts';
import type { IpFamily } from '../net/ip.ts';
import { sliceEntry } from './read-slices.ts';
import type { Slice, SliceEntry } from './slice.ts';
import { MANAGED_BY, MIRRORING_CONTROLLER, SERVICE_NAME } from './slice-labels.ts';

const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const CHANGE_TRIGGER = 'endpoints.kubernetes.io/last-change-trigger-time';
/** kubernetes/kubernetes:pkg/controller/endpoint/endpoints_controller.go; the first since Kubernetes 1.33. */
const CONTROLLER_LABELS = ['endpoints.kubernetes.io/managed-by', 'service.kubernetes.io/headless'];
/** Of a subset, the ready ones first; and of all subsets with the same ports. */
const MOST_ADDRESSES = 1000;
const FAMILIES: readonly IpFamily[] = [4, 6];

/** Will the controller take this Endpoints object over into slices? */
export function isMirrored({ metadata }: EndpointsObject): boolean {
  return metadata.labels.get(SKIP_MIRROR) !== 'true' && !metadata.annotations.has(LEADER);
}

/**
 * Did the endpoints controller write this object (so that it says what the cluster's pods were)? Nobody writes
 * one without addresses by hand.
 */
export function isGenerated({ metadata, body }: EndpointsObject): boolean {
  const { annotations, labels } = metadata;
  if (annotations.has(CHANGE_TRIGGER) || CONTROLLER_LABELS.some((label) => labels.has(label))) return true;
  const endpoints = body.subsets.flatMap((subset) => subset.endpoints);
  return endpoints.length === 0 || endpoints.some(({ target }) => target?.kind === 'Pod');
}

/** One slice for each set of ports and family. */
export function mirrorEndpoints(object: EndpointsObject, cluster: Cluster): readonly Slice[] {
  const { metadata, body, origin } = object;
  const labels = new Map([
    ...metadata.labels,
    [SERVICE_NAME, metadata.name],
    [MANAGED_BY, MIRRORING_CONTROLLER],
  ]);
  const groups = new Map<string, { readonly slice: Omit<Slice, 'endpoints'>; readonly found: Entries }>();
  for (const { endpoints, ports } of body.subsets) {
    const mirrored = endpoints.slice(0, MOST_ADDRESSES);
    for (const family of FAMILIES) {
      const id = `${family} ${portSet(ports)}`;
      const group = groups.get(id) ?? { slice: { family, ports, labels }, found: new Map() };
      groups.set(id, group);
      for (const endpoint of mirrored) {
        const entry = sliceEntry(endpoint, { family, origin, cluster });
        if (entry !== undefined)
          group.found.set(`${entry.addresses[0]?.text} ${entry.hostname ?? ''}`, entry);
      }
    }
  }
  return [...groups.values()]
    .filter(({ found }) => found.size > 0)
    .map(({ slice, found }) => ({ ...slice, endpoints: [...found.values()].slice(0, MOST_ADDRESSES) }));
}

/** By what makes two endpoints the same; where both lists have an address, it is not ready. */
type Entries = Map<string, SliceEntry>;

function portSet(ports: Slice['ports']): string {
  return ports
    .map(({ name, protocol, port, appProtocol }) => `${name} ${protocol} ${port} ${appProtocol ?? ''}`)
    .sort()
    .join(',');
}
