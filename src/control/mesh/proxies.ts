/**
 * Whose connections a proxy of the mesh takes: a pod with a sidecar, one that ztunnel speaks for, or a pod that is a
 * gateway and nothing else. Rules: docs/semantics/istio.md 1.2 to 1.4.
 */

import type { Cluster, Pod } from '../../cluster/cluster.ts';
import { onceEach, onceFor } from '../../collections/once.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import { type MembershipAnswer, meshMembership, PROXY_CONTAINER } from './membership.ts';

/** `gateway`: a proxy of its own, which captures nothing. */
export type ProxyMembership = MembershipAnswer | { readonly membership: 'gateway'; readonly reason: string };

const TEMPLATES = 'inject.istio.io/templates';

/** What each pod of a cluster is to the mesh. */
export const proxyMembership: (cluster: Cluster) => (pod: Pod) => ProxyMembership = onceFor((cluster) =>
  onceEach((pod: Pod) => membershipOf(cluster, pod)),
);

function membershipOf(cluster: Cluster, pod: Pod): ProxyMembership {
  const reason = gatewayReason(cluster, pod);
  if (reason !== undefined) return { membership: 'gateway', reason };
  return meshMembership(pod, cluster.namespaces.get(pod.namespace)?.labels ?? new Map());
}

/**
 * A Gateway selects it; it asks for the template of gateways; or there is no application beside the proxy.
 * Source: istio/istio:manifests/charts/gateway/templates/deployment.yaml.
 */
function gatewayReason({ objects }: Cluster, { labels, annotations, spec }: Pod): string | undefined {
  const gateway = objects
    .ofKind('IstioGateway')
    .find(({ body }) => body.selector !== undefined && labelsMatch(body.selector, labels));
  if (gateway !== undefined) {
    return `Gateway ${gateway.metadata.namespace}/${gateway.metadata.name} selects it`;
  }
  if (annotations.get(TEMPLATES) === 'gateway') return `annotation ${TEMPLATES}=gateway`;
  const isAlone = spec.containers.length === 1 && spec.containers[0]?.name === PROXY_CONTAINER;
  return isAlone ? `${PROXY_CONTAINER} is its only container` : undefined;
}
