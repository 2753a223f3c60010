/**
 * Is a pod in the mesh, and how? Two gates stand before a sidecar: which webhook sees the pod, and what the injector
 * decides then. Source: istio/istio:manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml,
 * pkg/kube/inject/inject.go injectRequired, manifests/charts/istio-cni/values.yaml,
 * cni/pkg/util/enablement_selector.go. Rules: docs/semantics/istio.md 1.2 to 1.4.
 */

import type { Pod } from '../../cluster/cluster.ts';
import type { Labels } from '../../k8s/object.ts';

/** `sidecar`: an Envoy of its own. `ambient`: the node's ztunnel takes its connections. */
export type Membership = 'sidecar' | 'ambient' | 'none';

export type MeshPod = Pick<Pod, 'namespace' | 'labels' | 'annotations' | 'hostNetwork'> & {
  readonly spec: Pick<Pod['spec'], 'containers' | 'initContainers'>;
};

export interface MembershipAnswer {
  readonly membership: Membership;
  /** In words: `namespace label istio-injection=enabled`. */
  readonly reason: string;
  /** The proxy is there to be seen, not only asked for. */
  readonly isProven?: true;
}

/** The name of the sidecar's container. */
export const PROXY_CONTAINER = 'istio-proxy';
const INJECT = 'sidecar.istio.io/inject';
const STATUS = 'sidecar.istio.io/status';
const NAMESPACE_INJECT = 'istio-injection';
const REVISION = 'istio.io/rev';
const DATAPLANE_MODE = 'istio.io/dataplane-mode';
const REDIRECTION = 'ambient.istio.io/redirection';

const IGNORED_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage'];
const YES = ['true', 'yes', 'on', 'y'];
const NO = ['false', 'no', 'off', 'n'];

/**
 * The membership of a pod as it is written, before an injection, or as a dump shows it, after one.
 * @param namespaceLabels of the pod's namespace.
 */
export function meshMembership(pod: MeshPod, namespaceLabels: Labels): MembershipAnswer {
  const containers = [...pod.spec.containers, ...pod.spec.initContainers];
  if (containers.some(({ name }) => name === PROXY_CONTAINER)) {
    return { membership: 'sidecar', reason: `container ${PROXY_CONTAINER}`, isProven: true };
  }
  if (pod.annotations.has(STATUS))
    return { membership: 'sidecar', reason: `annotation ${STATUS}`, isProven: true };
  if (pod.hostNetwork) return none('hostNetwork');
  const sidecar = sidecarInjection(pod, namespaceLabels);
  if (sidecar.membership === 'sidecar') return sidecar;
  return ambientEnrolment(pod, namespaceLabels) ?? sidecar;
}

function none(reason: string): MembershipAnswer {
  return { membership: 'none', reason };
}

function sidecarInjection(pod: MeshPod, namespaceLabels: Labels): MembershipAnswer {
  const seen = webhookSees(pod, namespaceLabels);
  if (seen.membership === 'none') return seen;
  if (IGNORED_NAMESPACES.includes(pod.namespace)) return none(`namespace ${pod.namespace} is never injected`);
  const word = (pod.labels.get(INJECT) ?? pod.annotations.get(INJECT) ?? '').toLowerCase();
  const where = pod.labels.has(INJECT) ? 'label' : 'annotation';
  if (NO.includes(word)) return none(`${where} ${INJECT}=${word}`);
  return YES.includes(word) ? { membership: 'sidecar', reason: `${where} ${INJECT}=${word}` } : seen;
}

/** The first gate: the selectors of the webhook, which look at labels only. */
function webhookSees(pod: MeshPod, namespaceLabels: Labels): MembershipAnswer {
  const ofNamespace = namespaceLabels.get(NAMESPACE_INJECT);
  const own = pod.labels.get(INJECT);
  const revision = namespaceLabels.get(REVISION);
  const podRevision = pod.labels.get(REVISION);
  if (own === 'false') return none(`label ${INJECT}=false`);
  if (ofNamespace === 'enabled') return injected(`namespace label ${NAMESPACE_INJECT}=enabled`);
  if (ofNamespace !== undefined) return none(`namespace label ${NAMESPACE_INJECT}=${ofNamespace}`);
  if (revision !== undefined) return injected(`namespace label ${REVISION}=${revision}`);
  if (podRevision !== undefined) return injected(`label ${REVISION}=${podRevision}`);
  return own === 'true' ? injected(`label ${INJECT}=true`) : none('nothing asks for a sidecar');
}

function injected(reason: string): MembershipAnswer {
  return { membership: 'sidecar', reason };
}

function ambientEnrolment(pod: MeshPod, namespaceLabels: Labels): MembershipAnswer | undefined {
  if (pod.annotations.get(REDIRECTION) === 'enabled') {
    return { membership: 'ambient', reason: `annotation ${REDIRECTION}=enabled`, isProven: true };
  }
  const own = pod.labels.get(DATAPLANE_MODE);
  if (own !== undefined) {
    return own === 'ambient'
      ? { membership: 'ambient', reason: `label ${DATAPLANE_MODE}=ambient` }
      : none(`label ${DATAPLANE_MODE}=${own}`);
  }
  if (namespaceLabels.get(DATAPLANE_MODE) !== 'ambient') return undefined;
  return { membership: 'ambient', reason: `namespace label ${DATAPLANE_MODE}=ambient` };
}
