/** The proxies of a mesh: sidecars, which see what a Sidecar object lets them, and gateways, which see all. */

import type { Pod } from '../../cluster/cluster.ts';
import type { Mesh } from './mesh.ts';
import type { MeshProxy } from './proxy.ts';
import type { MeshService } from './registry.ts';
import type { SidecarScope } from './sidecar-scope.ts';

export interface SidecarProxy extends MeshProxy {
  readonly kind: 'sidecar';
  readonly scope: SidecarScope;
}

/** The sidecar of a pod. */
export function sidecarProxy(mesh: Mesh, pod: Pod): SidecarProxy {
  return proxyInScope(mesh, pod, mesh.scope(pod.namespace, pod.labels));
}

/** A proxy that knows what a scope lets it see. */
export function proxyInScope(mesh: Mesh, pod: Pod, scope: SidecarScope): SidecarProxy {
  return {
    kind: 'sidecar',
    ...proxyOf(mesh, pod, (host) => scope.destination(host)),
    outbound: scope.outbound,
    scope,
  };
}

/** A gateway's pod; Sidecar objects are not for it. */
export function gatewayProxy(mesh: Mesh, pod: Pod): MeshProxy {
  const { byHost } = mesh.registry(pod.namespace);
  return {
    kind: 'gateway',
    ...proxyOf(mesh, pod, (host) => byHost.get(host)),
    outbound: mesh.settings.outbound,
  };
}

function proxyOf(
  mesh: Mesh,
  pod: Pod,
  service: (host: string) => MeshService | undefined,
): Omit<MeshProxy, 'kind' | 'outbound'> {
  const { namespace, labels } = pod;
  return {
    pod,
    namespace,
    labels,
    dnsDomain: `${namespace}.svc.${mesh.domain}`,
    service,
    destinationRule: (found) => mesh.findRule(found, { namespace, labels }),
  };
}
