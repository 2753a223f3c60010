/**
 * Which endpoints ztunnel takes into account: internalTrafficPolicy, and trafficDistribution, which both ask where the
 * client is. Source: istio/istio:pilot/pkg/serviceregistry/ambient/services.go constructService,
 * istio/ztunnel:src/state.rs load_balance. Rules: docs/semantics/istio.md 13.3.
 */

import type { ClusterService, Node, Pod } from '../../../cluster/cluster.ts';
import type { Mesh } from '../mesh.ts';
import type { MeshEndpoint } from '../registry.ts';

const DISTRIBUTION = 'networking.istio.io/traffic-distribution';
const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const SUBZONE = 'topology.istio.io/subzone';

/** Whatever is asked for, the narrowest first difference ends the comparison. */
const SCOPES: Readonly<Record<string, readonly (typeof REGION | typeof ZONE | typeof SUBZONE | 'node')[]>> = {
  PreferClose: [REGION, ZONE, SUBZONE],
  PreferSameZone: [REGION, ZONE, SUBZONE],
  PreferSameNode: [REGION, ZONE, SUBZONE, 'node'],
};

/** The endpoints of a Service among which ztunnel chooses. @param service undefined: a ServiceEntry, which has no such policies. */
export function nearestEndpoints(
  mesh: Mesh,
  from: Pod,
  {
    endpoints,
    service,
  }: { readonly endpoints: readonly MeshEndpoint[]; readonly service: ClusterService | undefined },
): readonly MeshEndpoint[] {
  if (service === undefined) return endpoints;
  if (service.body.internalTrafficPolicy === 'Local') {
    return endpoints.filter(({ node }) => node !== undefined && node === from.node);
  }
  const wanted = service.body.trafficDistribution ?? service.annotations.get(DISTRIBUTION) ?? '';
  return closest(mesh, from, endpoints, wanted);
}

/** Those whose node is the most like that of a pod. @param distribution a word of `trafficDistribution`. */
export function closest<Placed extends { readonly node?: string | undefined }>(
  { control }: Mesh,
  from: Pod,
  endpoints: readonly Placed[],
  distribution: string,
): readonly Placed[] {
  const scopes = Object.hasOwn(SCOPES, distribution) ? SCOPES[distribution] : undefined;
  if (scopes === undefined) return endpoints;
  const { nodeByName } = control.cluster;
  const own = nodeByName.get(from.node ?? '');
  const ranked = endpoints.map((endpoint) => {
    const other = nodeByName.get(endpoint.node ?? '');
    const first = scopes.findIndex((scope) => placeIn(own, scope) !== placeIn(other, scope));
    return { endpoint, rank: first < 0 ? scopes.length : first };
  });
  const best = ranked.reduce((most, { rank }) => Math.max(most, rank), 0);
  return ranked.filter(({ rank }) => rank === best).map(({ endpoint }) => endpoint);
}

/** Empty where the node says nothing: two such are alike. */
function placeIn(
  node: Node | undefined,
  scope: typeof REGION | typeof ZONE | typeof SUBZONE | 'node',
): string {
  return (scope === 'node' ? node?.name : node?.labels.get(scope)) ?? '';
}
