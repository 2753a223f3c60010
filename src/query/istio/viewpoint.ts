/**
 * Through whose proxy a VirtualService is looked at: what a destination means depends on who asks. A sidecar of the
 * VirtualService's own namespace, else any other; for one that is bound to Gateways alone, a pod of one of them.
 */

import type { Pod } from '../../cluster/cluster.ts';
import type { IstioGatewayObject } from '../../k8s/kinds/istio-gateway.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { Mesh } from '../../l7/istio/mesh.ts';
import { MESH } from '../../l7/istio/names.ts';
import { gatewayProxy, sidecarProxy } from '../../l7/istio/proxies.ts';
import type { MeshProxy } from '../../l7/istio/proxy.ts';
import type { RuleSet } from '../../l7/istio/rule-sets.ts';
import { isVisible } from '../../l7/istio/visibility.ts';
import { plainPod } from '../plain-pod.ts';

export interface Viewpoint {
  readonly proxy: MeshProxy;
  /** `pod shop/web`, `a pod of shop`. */
  readonly text: string;
  /** Where destinations without a port go that have several. */
  readonly listenerPort: number;
}

/** @param from a pod that somebody asked for. */
export function viewpointOf(mesh: Mesh, set: RuleSet, from: Pod | undefined): Viewpoint {
  const isForMesh = set.gateways.has(MESH);
  if (from !== undefined && isForMesh) return seenBy(mesh, set, from);
  return isForMesh ? meshViewpoint(mesh, set) : gatewayViewpoint(mesh, set);
}

function seenBy(mesh: Mesh, set: RuleSet, pod: Pod): Viewpoint {
  return { proxy: sidecarProxy(mesh, pod), text: `pod ${pod.key}`, listenerPort: servicePort(mesh, set) };
}

function meshViewpoint(mesh: Mesh, set: RuleSet): Viewpoint {
  const { pods, podsByNamespace } = mesh.control.cluster;
  const isClient = (pod: Pod) => mesh.membership(pod).membership === 'sidecar';
  const own = (podsByNamespace.get(set.namespace) ?? []).find(isClient);
  const client = own ?? pods.find((pod) => isVisible(set.visibility, pod.namespace) && isClient(pod));
  if (client !== undefined) return seenBy(mesh, set, client);
  return {
    proxy: sidecarProxy(mesh, podOf(mesh, set.namespace)),
    text: `a pod of ${set.namespace}`,
    listenerPort: servicePort(mesh, set),
  };
}

function gatewayViewpoint(mesh: Mesh, set: RuleSet): Viewpoint {
  const gateway = mesh.gateways.find(({ metadata }) =>
    set.gateways.has(`${metadata.namespace}/${metadata.name}`),
  );
  const pod = gateway === undefined ? undefined : selectedPods(mesh, gateway)[0];
  const namespace = gateway?.metadata.namespace ?? set.namespace;
  return {
    proxy: gatewayProxy(mesh, pod ?? podOf(mesh, namespace)),
    text: pod === undefined ? `a gateway of ${namespace}` : `gateway pod ${pod.key}`,
    listenerPort: gateway?.body.servers[0]?.port ?? 80,
  };
}

/** The pods that a Gateway is for. */
export function selectedPods(mesh: Mesh, { body: { selector } }: IstioGatewayObject): readonly Pod[] {
  if (selector === undefined) return [];
  return mesh.control.cluster.pods.filter(({ labels }) => labelsMatch(selector, labels));
}

function podOf({ control }: Mesh, namespace: string): Pod {
  return { ...plainPod(control.cluster, { hostNetwork: false }), namespace };
}

/** The first port of the first service that the hosts name. */
function servicePort(mesh: Mesh, { hosts, namespace }: RuleSet): number {
  const { byHost } = mesh.registry(namespace);
  const service = hosts.map((host) => byHost.get(host)).find((each) => each !== undefined);
  return service?.ports[0]?.port ?? 80;
}
