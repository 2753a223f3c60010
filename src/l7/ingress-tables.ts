/** The routing tables of the Ingress controllers of a cluster, one for each controller that serves anything. */

import type { IngressControllerName } from '../cluster/profile.ts';
import { addTo } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import type { IngressObject } from '../k8s/kinds/ingress.ts';
import { CONTROLLERS } from './controllers.ts';
import { type IngressOwner, ingressOwners } from './ingress-owner.ts';
import type { RouteTable } from './route-table.ts';

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
    if (owner !== undefined) addTo(served, owner, ingress);
  }
  return {
    tables: [...served].map(([name, ingresses]) => CONTROLLERS[name].table({ control, ingresses, settings })),
    owners,
  };
}

/** The tables of a cluster as its profile has it; they are made at the first question. */
export const tablesOf: (control: ControlPlane) => IngressTables = onceFor((control: ControlPlane) =>
  ingressTables(control),
);
