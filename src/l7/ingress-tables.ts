/** The routing tables of the Ingress controllers of a cluster, one for each controller that serves anything. */

import type { IngressControllerName } from '../cluster/profile.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import type { Controller } from './controllers/controller.ts';
import { ingressNginxController } from './controllers/ingress-nginx.ts';
import { specController } from './controllers/spec.ts';
import { type IngressOwner, ingressOwners } from './ingress-owner.ts';
import type { RouteTable } from './route-table.ts';

/** Traefik and the AWS controller are answered by what the API promises; what they do besides is unmodelled. */
const CONTROLLERS: Readonly<Record<IngressControllerName, Controller>> = {
  spec: specController,
  'ingress-nginx': ingressNginxController,
  traefik: (input) => ({ ...specController(input), controller: 'traefik' }),
  'aws-alb': (input) => ({ ...specController(input), controller: 'aws-alb' }),
};

export interface IngressTables {
  /** In the order in which their first Ingress stands in the input. */
  readonly tables: readonly RouteTable[];
  /** Who serves each Ingress, in the order of the input. */
  readonly owners: ReadonlyMap<IngressObject, IngressOwner>;
}

/**
 * Builds the tables.
 * @param controller answers as if that controller served every Ingress that fits it; else the profile says it, else
 *   the class of each Ingress.
 */
export function ingressTables(control: ControlPlane, controller?: IngressControllerName): IngressTables {
  const { objects, profile } = control.cluster;
  const settings = {
    ...profile.ingressController,
    ...(controller === undefined ? {} : { name: controller }),
  };
  const ownerOf = ingressOwners(control.cluster, settings);
  const owners = new Map(objects.ofKind('Ingress').map((ingress) => [ingress, ownerOf(ingress)]));
  const served = new Map<IngressControllerName, IngressObject[]>();
  if (settings.name !== undefined) served.set(settings.name, []);
  for (const [ingress, { controller: owner }] of owners) {
    if (owner === undefined) continue;
    const known = served.get(owner);
    if (known === undefined) served.set(owner, [ingress]);
    else known.push(ingress);
  }
  return {
    tables: [...served].map(([name, ingresses]) => CONTROLLERS[name]({ control, ingresses, settings })),
    owners,
  };
}
