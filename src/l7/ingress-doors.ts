/** Where clients of an Ingress go: to the Service of its controller, or to the nodes that its pods listen on. */

import type { IngressControllerName } from '../cluster/profile.ts';
import { once } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { IngressDoors } from '../control/dns/public-names.ts';
import { balancerAddress, hasLoadBalancer, inventedBalancerAddress } from '../control/load-balancer.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import { type ControllerInstall, installsOf } from './controller-install.ts';
import { CONTROLLERS } from './controllers.ts';
import { ingressOwners } from './ingress-owner.ts';

/** The doors of a cluster; nothing is worked out before the first question. */
export function ingressDoors(control: ControlPlane): IngressDoors {
  const { cluster } = control;
  const ownerByOrigin = once(() => {
    const ownerOf = ingressOwners(cluster, cluster.profile.ingressController);
    return new Map(
      cluster.objects
        .ofKind('Ingress')
        .map((ingress) => [ingress.origin, { ingress, controller: ownerOf(ingress).controller }]),
    );
  });
  const [family = 4] = cluster.profile.ipFamilies;
  return (origin) => {
    const { ingress, controller } = ownerByOrigin().get(origin) ?? {};
    const outside =
      ingress === undefined || controller === undefined ? undefined : outsideBalancer(ingress, controller);
    if (outside !== undefined) {
      return cluster.profile.input === 'stored' ? undefined : [outsideBalancerAddress(outside, family)];
    }
    const install = controller === undefined ? undefined : installsOf(control).get(controller);
    return install === undefined ? undefined : installAddresses(control, install);
  };
}

/**
 * Its load balancer, else the nodes of its pods: those that listen there themselves, or have a node port
 * (kubernetes/ingress-nginx:internal/ingress/status/status.go runningAddresses).
 * @returns undefined where nobody outside has a way in.
 */
function installAddresses(
  { cluster }: ControlPlane,
  { service, pods }: ControllerInstall,
): readonly Ip[] | undefined {
  const [family = 4] = cluster.profile.ipFamilies;
  if (service !== undefined && hasLoadBalancer(service)) return [balancerAddress(service, family).ip];
  const nodes = [...new Set(pods.flatMap(({ node }) => node ?? []))];
  const addresses = nodes.flatMap(
    (name) => cluster.nodeByName.get(name)?.primaryAddresses.filter((ip) => ip.family === family) ?? [],
  );
  return addresses.length === 0 ? undefined : addresses.slice(0, 1);
}

/** The load balancer outside the cluster that takes the requests for an Ingress; undefined: pods of the controller do. */
export function outsideBalancer(
  ingress: IngressObject,
  controller: IngressControllerName,
): string | undefined {
  return CONTROLLERS[controller].outside?.(ingress);
}

/** An address for it, where no status has one (assumption A_LB_ADDRESS). */
export function outsideBalancerAddress(name: string, family: IpFamily): Ip {
  return inventedBalancerAddress(`outside ${name}`, family);
}
