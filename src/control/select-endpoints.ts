/**
 * The EndpointSlice controller: from a Service with a selector and the pods that it selects to slices.
 * Source: kubernetes/endpointslice:reconciler.go.
 */

import type { ClusterService, Node, Pod } from '../cluster/cluster.ts';
import type { IpFamily } from '../net/ip.ts';
import { endpointPorts } from './endpoint-ports.ts';
import type { FeatureGates } from './feature-gates.ts';
import { isEndpointPod, podEndpoint } from './pod-endpoint.ts';
import type { Slice, SliceEntry } from './slice.ts';
import { sliceLabels } from './slice-labels.ts';
import { hintByZoneShares, isTopologyAuto, type TopologyHints } from './topology-hints.ts';
import { hintByTrafficDistribution, isDistributionValid } from './traffic-distribution.ts';
import type { ZoneShares } from './zone-shares.ts';

/** kubernetes/kubernetes:pkg/controller/endpointslice/config/v1alpha1 MaxEndpointsPerSlice. */
const MOST_ENDPOINTS = 100;

export interface Reconciling {
  readonly service: ClusterService;
  /** Those that the selector selects. */
  readonly pods: readonly Pod[];
  readonly nodeByName: ReadonlyMap<string, Node>;
  /** Are these all nodes? Then a pod on another one is left out, unless every address is published. */
  readonly nodesComplete: boolean;
  /** See `zoneShares`; of use to Services that ask for topology hints. */
  readonly shares: ZoneShares | undefined;
  readonly gates: FeatureGates;
}

export interface Reconciled {
  readonly slices: readonly Slice[];
  /** Pods that are left out because their Node is missing. */
  readonly skippedPods: readonly Pod[];
  /** Why the Service has no topology hints though it asks for them. */
  readonly refusal?: string;
}

/**
 * The slices of a Service: at least one for each family, one for each set of resolved ports, of 100
 * endpoints at most. A pod that resolves no port is still an endpoint, of use to the cluster DNS only.
 */
export function reconcileSlices(input: Reconciling): Reconciled {
  const { service, nodeByName, nodesComplete } = input;
  const candidates = input.pods.filter((pod) => isEndpointPod(pod, { includeTerminating: true }));
  const isSkipped = ({ node }: Pod) => node === undefined || !nodeByName.has(node);
  const isStrict = nodesComplete && !service.body.publishNotReadyAddresses;
  const skippedPods = isStrict ? candidates.filter(isSkipped) : [];
  const pods = isStrict ? candidates.filter((pod) => !isSkipped(pod)) : candidates;
  const families = service.ipFamilies.map((family) => slicesOfFamily({ ...input, pods }, family));
  const refusal = families.find((each) => each.refusal !== undefined)?.refusal;
  return {
    slices: families.flatMap(({ slices }) => slices),
    skippedPods,
    ...(refusal === undefined ? {} : { refusal }),
  };
}

function slicesOfFamily(input: Reconciling, family: IpFamily): Omit<Reconciled, 'skippedPods'> {
  const labels = sliceLabels(input.service);
  const slices = portGroups(input, family).flatMap(({ ports, endpoints }) =>
    chunks([...endpoints.values()], MOST_ENDPOINTS).map((chunk) => ({
      family,
      ports,
      endpoints: chunk,
      labels,
    })),
  );
  if (slices.length === 0) return { slices: [{ family, ports: [], endpoints: [], labels }] };
  return withHints(slices, input);
}

interface PortGroup {
  readonly ports: Slice['ports'];
  /** By what makes two endpoints the same: pods on a node's network may share its address. */
  readonly endpoints: Map<string, SliceEntry>;
}

function portGroups({ service, pods, nodeByName }: Reconciling, family: IpFamily): readonly PortGroup[] {
  const groups = new Map<string, PortGroup>();
  for (const pod of pods) {
    const endpoint = podEndpoint(pod, { service, family, node: nodeByName.get(pod.node ?? '') });
    const [first] = endpoint.addresses;
    if (first === undefined) continue;
    const ports = endpointPorts(service.body.ports, pod);
    const id = ports.map(({ name, protocol, port }) => `${name} ${protocol} ${port}`).join(',');
    const group = groups.get(id) ?? { ports, endpoints: new Map() };
    groups.set(id, group);
    group.endpoints.set(`${first.text} ${endpoint.hostname ?? ''}`, endpoint);
  }
  return [...groups.values()];
}

function chunks<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** Hints look at all endpoints of a family, whatever their slice. */
function withHints(
  slices: readonly Slice[],
  { service, shares, gates }: Reconciling,
): Omit<Reconciled, 'skippedPods'> {
  const endpoints = slices.flatMap((slice) => slice.endpoints);
  const hinted = hintedEndpoints(endpoints, { service, shares, gates });
  if (hinted === undefined) return { slices };
  let next = 0;
  return {
    ...(hinted.refusal === undefined ? {} : { refusal: hinted.refusal }),
    slices: slices.map((slice) => {
      const from = next;
      next += slice.endpoints.length;
      return { ...slice, endpoints: hinted.endpoints.slice(from, next) };
    }),
  };
}

/** undefined where the Service asks for no hints. The annotation goes before the field. */
function hintedEndpoints(
  endpoints: readonly SliceEntry[],
  { service, shares, gates }: Pick<Reconciling, 'service' | 'shares' | 'gates'>,
): TopologyHints<SliceEntry> | undefined {
  const { annotations, body } = service;
  if (isTopologyAuto(annotations)) {
    if (gates.topologyAwareHints) return hintByZoneShares(endpoints, shares);
    return { endpoints, refusal: 'this version of Kubernetes makes none by default' };
  }
  const { trafficDistribution: distribution } = body;
  if (distribution === undefined) return undefined;
  if (isDistributionValid(distribution, gates)) {
    return { endpoints: hintByTrafficDistribution(endpoints, distribution) };
  }
  return { endpoints, refusal: `this version of Kubernetes does not know ${distribution}` };
}
