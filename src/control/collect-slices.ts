/**
 * The slices of a Service, from whatever there is. What a controller wrote into the input is a fact;
 * what it would write from the input is made; slices by hand count beside both.
 */

import type { Cluster, ClusterService, Pod, ServiceKey } from '../cluster/cluster.ts';
import { API_SERVER_SERVICE } from '../cluster/implied-services.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { EndpointsObject } from '../k8s/kinds/endpoints.ts';
import { apiServerSlices } from './api-server-slices.ts';
import type { PodSelection } from './pod-selection.ts';
import {
  indexEndpoints,
  isGenerated,
  isMirrored,
  mirrorEndpoints,
  readSlices,
  type WrittenSlice,
} from './read-slices.ts';
import { buildSlices } from './select-endpoints.ts';
import type { Slice } from './slice.ts';

interface Sources {
  readonly cluster: Cluster;
  readonly select: PodSelection;
  readonly written: ReadonlyMap<ServiceKey, readonly WrittenSlice[]>;
  readonly endpoints: ReadonlyMap<ServiceKey, EndpointsObject>;
  readonly report: Report;
}

/** The slices of every Service that has any. */
export function collectSlices(
  cluster: Cluster,
  select: PodSelection,
  report: Report,
): ReadonlyMap<ServiceKey, readonly Slice[]> {
  const sources = {
    cluster,
    select,
    written: readSlices(cluster),
    endpoints: indexEndpoints(cluster),
    report,
  };
  return new Map(cluster.services.map((service) => [service.key, slicesOf(service, sources)]));
}

function slicesOf(service: ClusterService, sources: Sources): readonly Slice[] {
  const written = sources.written.get(service.key) ?? [];
  const slices = written.map(({ slice }) => slice);
  const { selector } = service.body;
  const isFact =
    sources.cluster.profile.input === 'stored'
      ? written.length > 0
      : written.some(({ madeBy }) => madeBy === (selector === undefined ? 'mirroring' : 'controller'));
  if (isFact || service.body.type === 'ExternalName') return slices;
  return [
    ...slices,
    ...(selector === undefined ? unselectedSlices(service, sources) : selectedSlices(service, sources)),
  ];
}

/** Of a Service with a selector: from its pods. An Endpoints object by hand would be overwritten. */
function selectedSlices(
  service: ClusterService,
  { cluster, select, endpoints, report }: Sources,
): readonly Slice[] {
  const selected = select(service.namespace, service.body.selector ?? new Map());
  const pods = podsOnNodes(service, selected, cluster);
  const object = endpoints.get(service.key);
  if (object === undefined) return buildSlices(service, pods);
  if (cluster.profile.input === 'stored' || isGenerated(object)) {
    // A dump without pods: the controller has seen them.
    return pods.length > 0 ? buildSlices(service, pods) : mirrorEndpoints(object, cluster);
  }
  report({
    code: 'endpoints-overwritten',
    severity: 'warning',
    text: `Endpoints ${service.key} is ignored: its Service has a selector, so the endpoints controller replaces what is written here`,
    sources: [
      { at: object.origin, role: 'primary' },
      ...(service.origin === undefined
        ? []
        : [
            {
              at: { ...service.origin, path: [...service.origin.path, 'spec', 'selector'] },
              role: 'context' as const,
            },
          ]),
    ],
  });
  return buildSlices(service, pods);
}

/**
 * In stored input that has Nodes, a pod on a node that is not among them is left out, unless the Service
 * publishes every address. Source: kubernetes/endpointslice:reconciler.go reconcileByAddressType.
 */
function podsOnNodes({ body }: ClusterService, pods: readonly Pod[], cluster: Cluster): readonly Pod[] {
  const { profile, objects, nodeByName } = cluster;
  const isOpen = profile.input !== 'stored' || objects.ofKind('Node').length === 0;
  if (isOpen || body.publishNotReadyAddresses) return pods;
  return pods.filter(({ node }) => node === undefined || nodeByName.get(node)?.origin !== undefined);
}

/** Of a Service without one: mirrored from the Endpoints object, or the API server's own. */
function unselectedSlices(
  service: ClusterService,
  { cluster, endpoints, written }: Sources,
): readonly Slice[] {
  const object = endpoints.get(service.key);
  if (object !== undefined && isMirrored(object)) return mirrorEndpoints(object, cluster);
  const isImplied = cluster.profile.input === 'authored' && service.key === API_SERVER_SERVICE;
  return isImplied && !written.has(service.key) ? apiServerSlices(service, cluster) : [];
}
