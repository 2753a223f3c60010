/**
 * The controllers that the manifests install: which pods are theirs, and the Service in front of them. Their images and
 * labels tell; each controller says in its own file which (`controllers/*`).
 */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import type { IngressControllerName } from '../cluster/profile.ts';
import { groupBy } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { hasLoadBalancer } from '../control/load-balancer.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import { labelsMatch } from '../k8s/selector.ts';
import { CONTROLLERS } from './controllers.ts';
import { ingressOwners } from './ingress-owner.ts';

export interface ControllerInstall {
  readonly controller: IngressControllerName;
  /** Those that can take connections. */
  readonly pods: readonly Pod[];
  /** The one that clients come by; undefined: host ports, or nobody. */
  readonly service?: ClusterService;
  /** Why these pods, where nothing of their own tells. */
  readonly assumed?: string;
}

/** Services by how far their door is open. */
const DOORS: readonly ClusterService['body']['type'][] = ['LoadBalancer', 'NodePort', 'ClusterIP'];

/** What is installed of the controllers that serve any Ingress. */
export const installsOf: (control: ControlPlane) => ReadonlyMap<IngressControllerName, ControllerInstall> =
  onceFor((control) => {
    const installs = new Map<IngressControllerName, ControllerInstall>();
    for (const [controller, ingresses] of servedBy(control)) {
      const install = installOf(control, controller, ingresses);
      if (install !== undefined) installs.set(controller, install);
    }
    return installs;
  });

/** The Ingresses that each controller serves. */
function servedBy({ cluster }: ControlPlane): ReadonlyMap<IngressControllerName, readonly IngressObject[]> {
  const ownerOf = ingressOwners(cluster, cluster.profile.ingressController);
  return groupBy(cluster.objects.ofKind('Ingress'), (ingress) => ownerOf(ingress).controller);
}

/** By its own pods; else by the Service whose address the Ingresses have; an unknown one by the only load balancer. */
function installOf(
  control: ControlPlane,
  controller: IngressControllerName,
  ingresses: readonly IngressObject[],
): ControllerInstall | undefined {
  const { pods, services } = control.cluster;
  const own = pods.filter((pod) => pod.ips.length > 0 && isOwnPod(pod, controller));
  if (own.length > 0) {
    const service = serviceOf(services, own);
    return { controller, pods: own, ...(service === undefined ? {} : { service }) };
  }
  const addresses = new Set(ingresses.flatMap(({ body }) => body.addresses));
  const byAddress = services.find(({ body }) =>
    body.loadBalancerIngress.some(({ ip, hostname }) => addresses.has(ip?.text ?? hostname ?? '')),
  );
  if (byAddress !== undefined)
    return behind(control, byAddress, { controller, assumed: 'its address is that of the Ingress' });
  const balancers = services.filter((service) => hasLoadBalancer(service) && !isBackend(service, ingresses));
  const [only, ...others] = balancers;
  if (CONTROLLERS[controller].isKnown || only === undefined || others.length > 0) return undefined;
  return behind(control, only, { controller, assumed: 'it is the only load balancer' });
}

function isOwnPod(pod: Pod, controller: IngressControllerName): boolean {
  const { isPod, install } = CONTROLLERS[controller];
  const isAssumed =
    pod.origin === undefined && pod.namespace === install?.namespace && pod.workload?.name === install.name;
  return isAssumed || isPod(pod);
}

/** The pods behind a Service, if it selects any. */
function behind(
  { cluster }: ControlPlane,
  service: ClusterService,
  told: Pick<ControllerInstall, 'controller' | 'assumed'>,
): ControllerInstall | undefined {
  const { selector } = service.body;
  const selected = (cluster.podsByNamespace.get(service.namespace) ?? []).filter(
    ({ labels, ips }) => selector !== undefined && ips.length > 0 && labelsMatch(selector, labels),
  );
  return selected.length === 0 ? undefined : { ...told, pods: selected, service };
}

function isBackend({ key }: ClusterService, ingresses: readonly IngressObject[]): boolean {
  return ingresses.some(({ metadata, body }) =>
    [
      body.defaultBackend,
      ...body.rules.flatMap((rule) => (rule.paths ?? []).map((path) => path.backend)),
    ].some((backend) => backend?.kind === 'service' && `${metadata.namespace}/${backend.service}` === key),
  );
}

/** Of the Services that select the pods the one with the widest door. */
function serviceOf(services: readonly ClusterService[], pods: readonly Pod[]): ClusterService | undefined {
  const selecting = services.filter(
    ({ namespace, body: { selector, ports } }) =>
      selector !== undefined &&
      pods.some((pod) => pod.namespace === namespace && labelsMatch(selector, pod.labels)) &&
      ports.some(({ port }) => port === 80 || port === 443),
  );
  return [...selecting].sort((a, b) => DOORS.indexOf(a.body.type) - DOORS.indexOf(b.body.type))[0];
}
