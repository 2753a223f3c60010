/** A load balancer's choice of a node, as a step of a walk holds it. */

import type { Delivery, ExcludedNode } from '../control/load-balancer.ts';
import type { Place } from '../dataplane/network.ts';
import type { Ip } from '../net/ip.ts';

/** What the balancer chose for one part of the connections. */
export interface BalancerChoice {
  readonly place: Place;
  /** The address and port that clients dial. */
  readonly front: { readonly ip: Ip; readonly port: number };
  readonly delivery: Delivery;
  readonly node: string;
  /** How many nodes get an equal share, this one included. */
  readonly nodes: number;
  /** The question named the node. */
  readonly isAsked: boolean;
  /** Only nodes with a ready endpoint pass its health check. */
  readonly isLocal: boolean;
  /** None passes, so that it tries them all. */
  readonly isNoneHealthy: boolean;
  readonly excluded: readonly ExcludedNode[];
  readonly healthCheckNodePort?: number;
}
