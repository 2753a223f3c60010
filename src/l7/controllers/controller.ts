/** A controller: from the Ingresses that it serves to its routing table, and how it is installed. */

import type { AssumedWorkload } from '../../cluster/assumed-workload.ts';
import type { Pod } from '../../cluster/cluster.ts';
import { isOfImage } from '../../cluster/installed-programs.ts';
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

export interface ControllerKind {
  readonly table: Controller;
  /** False for any controller whose name tells nothing. */
  readonly isKnown: boolean;
  /** Is it a pod that takes the requests? */
  isPod(pod: Pod): boolean;
  /** Of a controller whose load balancers take the requests outside the cluster: which one is for an Ingress. */
  outside?(ingress: IngressObject): string;
  /** What its own manifests install; undefined: it takes no request in the cluster. */
  readonly install?: AssumedWorkload;
}

/** Does a container of the pod run that image? */
export function runsImage({ spec }: Pod, image: RegExp): boolean {
  return spec.containers.some((container) => isOfImage(container, image));
}
