/**
 * Who takes HBONE (HTTP CONNECT in mTLS at port 15008): ambient pods, whose ztunnel listens there, and sidecars that say
 * so. Source: istio/istio:pilot/pkg/serviceregistry/ambient/workloads.go setTunnelProtocol,
 * pilot/pkg/xds/endpoints/endpoint_builder.go supportTunnel, manifests/profiles/ambient.yaml (ISTIO_META_ENABLE_HBONE).
 * Rules: docs/semantics/istio.md 13.4.
 */

import type { Pod, PodKey } from '../../../cluster/cluster.ts';
import type { Mesh } from '../mesh.ts';

const TUNNEL = 'networking.istio.io/tunnel';

/** Does ztunnel open HBONE to the pod? A sidecar that is there has the label if it does; one that is to be injected gets it. */
export function takesHbone(mesh: Mesh, key: PodKey | undefined): boolean {
  const pod = podOf(mesh, key);
  if (pod === undefined) return false;
  const answer = mesh.membership(pod);
  if (answer.membership === 'ambient') return true;
  const isProven = 'isProven' in answer && answer.isProven === true;
  return answer.membership === 'sidecar' && (!isProven || pod.labels.get(TUNNEL) === 'http');
}

/** Does an Envoy (of a sidecar, a gateway) open HBONE to it? To sidecars it speaks mTLS as ever. */
export function isAmbient(mesh: Mesh, key: PodKey | undefined): boolean {
  const pod = podOf(mesh, key);
  return pod !== undefined && mesh.membership(pod).membership === 'ambient';
}

function podOf({ control }: Mesh, key: PodKey | undefined): Pod | undefined {
  return key === undefined ? undefined : control.cluster.podByKey.get(key);
}
