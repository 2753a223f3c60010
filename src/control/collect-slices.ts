/**
 * The slices of a Service, from whatever there is. What a controller wrote into the input is a fact;
 * what it would write from the input is made; slices by hand count beside both.
 */

import type { Cluster, ClusterService, Node, Pod, ServiceKey } from '../cluster/cluster.ts';
import { API_SERVER_SERVICE } from '../cluster/implied-services.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { EndpointsObject } from '../k8s/kinds/endpoints.ts';
import type { FieldPath } from '../source/document.ts';
import { refTo } from '../source/ref.ts';
import { apiServerSlices } from './api-server-slices.ts';
import { featureGates } from './feature-gates.ts';
import { isGenerated, isMirrored, mirrorEndpoints } from './mirror-endpoints.ts';
import type { PodSelection } from './pod-selection.ts';
import { indexEndpoints, readSlices, type WrittenSlice } from './read-slices.ts';
import { type Reconciling, reconcileSlices } from './select-endpoints.ts';
import type { Slice } from './slice.ts';
import { isTopologyAuto } from './topology-hints.ts';
import { zoneShares } from './zone-shares.ts';

interface Sources {
  readonly cluster: Cluster;
  readonly select: PodSelection;
  readonly written: ReadonlyMap<ServiceKey, readonly WrittenSlice[]>;
  readonly endpoints: ReadonlyMap<ServiceKey, EndpointsObject>;
  /** What the EndpointSlice controller knows of the cluster. */
  readonly known: Omit<Reconciling, 'service' | 'pods'>;
  readonly report: Report;
}

/** The slices of every Service that has any. */
export function collectSlices(
  cluster: Cluster,
  select: PodSelection,
  report: Report,
): ReadonlyMap<ServiceKey, readonly Slice[]> {
  const sources: Sources = {
    cluster,
    select,
    written: readSlices(cluster),
    endpoints: indexEndpoints(cluster),
    known: {
      ...knownNodes(cluster),
      shares: zoneShares(cluster.nodes),
      gates: featureGates(cluster.profile.kubernetes),
    },
    report,
  };
  return new Map(cluster.services.map((service) => [service.key, slicesOf(service, sources)]));
}

/** In stored input that has Nodes, these are all; a node that only pods name is not there. */
function knownNodes({
  profile,
  objects,
  nodeByName,
}: Cluster): Pick<Reconciling, 'nodeByName' | 'nodesComplete'> {
  const nodesComplete = profile.input === 'stored' && objects.ofKind('Node').length > 0;
  if (!nodesComplete) return { nodeByName, nodesComplete };
  const isWritten = ([, { origin }]: readonly [string, Node]) => origin !== undefined;
  return { nodeByName: new Map([...nodeByName].filter(isWritten)), nodesComplete };
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
function selectedSlices(service: ClusterService, sources: Sources): readonly Slice[] {
  const { cluster, select, endpoints, report } = sources;
  const pods = select(service.namespace, service.body.selector ?? new Map());
  const object = endpoints.get(service.key);
  const isRecord = object !== undefined && (cluster.profile.input === 'stored' || isGenerated(object));
  // A dump without pods: the controller has seen them.
  if (isRecord && pods.length === 0) return mirrorEndpoints(object, cluster);
  if (object !== undefined && !isRecord) reportOverwritten(service, object, report);
  return madeSlices(service, pods, sources);
}

function reportOverwritten({ key, origin }: ClusterService, object: EndpointsObject, report: Report): void {
  report({
    code: 'endpoints-overwritten',
    severity: 'warning',
    text: `Endpoints ${key} is ignored: its Service has a selector, so the endpoints controller replaces what is written here`,
    sources: [
      { at: object.origin, role: 'primary' },
      ...(origin === undefined ? [] : [{ at: refTo(origin, 'spec', 'selector'), role: 'context' as const }]),
    ],
  });
}

/** What the EndpointSlice controller makes, and says as events. */
function madeSlices(
  service: ClusterService,
  pods: readonly Pod[],
  { known, report }: Sources,
): readonly Slice[] {
  const { slices, skippedPods, refusal } = reconcileSlices({ ...known, service, pods });
  const [first] = skippedPods;
  if (first !== undefined) {
    const others = skippedPods.length === 1 ? '' : ` and ${skippedPods.length - 1} more`;
    report({
      code: 'node-missing',
      severity: 'warning',
      text: `${service.key} leaves out pod ${first.name}${others}: there is no Node ${first.node ?? ''}`,
      sources:
        first.origin === undefined ? [] : [{ at: refTo(first.origin, 'spec', 'nodeName'), role: 'primary' }],
    });
  }
  if (refusal !== undefined) {
    report({
      code: 'topology-hints-disabled',
      severity: 'info',
      text: `${service.key} asks for topology hints and gets none: ${refusal}`,
      sources:
        service.origin === undefined
          ? []
          : [{ at: refTo(service.origin, ...hintsField(service)), role: 'primary' }],
    });
  }
  return slices;
}

/** Where a Service asks for hints. */
function hintsField({ annotations }: ClusterService): FieldPath {
  return isTopologyAuto(annotations) ? ['metadata', 'annotations'] : ['spec', 'trafficDistribution'];
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
