/** A controller: from the Ingresses that it serves to its routing table. */

import type { IngressControllerProfile } from '../../cluster/profile.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { IngressObject } from '../../k8s/kinds/ingress.ts';
import type { RouteTable } from '../route-table.ts';

export interface ControllerInput {
  readonly control: ControlPlane;
  /** Those that it serves, in the order of the input. */
  readonly ingresses: readonly IngressObject[];
  readonly settings: IngressControllerProfile;
}

export type Controller = (input: ControllerInput) => RouteTable;
