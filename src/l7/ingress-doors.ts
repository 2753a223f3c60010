/** Where clients of an Ingress go: to the Service of its controller, or to the nodes that its pods listen on. */

import { once } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { IngressDoors } from '../control/dns/public-names.ts';
import { balancerAddress, hasLoadBalancer } from '../control/load-balancer.ts';
import type { Ip } from '../net/ip.ts';
import { type ControllerInstall, installsOf } from './controller-install.ts';
import { ingressOwners } from './ingress-owner.ts';

/** The doors of a cluster; nothing is worked out before the first question. */
export function ingressDoors(control: ControlPlane): IngressDoors {
  const { cluster } = control;
  const ownerByOrigin = once(() => {
    const ownerOf = ingressOwners(cluster, cluster.profile.ingressController);
    return new Map(cluster.objects.ofKind('Ingress').map((each) => [each.origin, ownerOf(each).controller]));
  });
  return (ingress) => {
    const controller = ownerByOrigin().get(ingress);
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
