/**
 * No routes on the node: pods' packets leave by the default route, and the cloud's own network knows which
 * node has which pod (route tables per node, alias ranges, secondary addresses).
 */

import { type Fabric, NO_OVERHEAD } from '../cni.ts';

export const cloudRoutes: Fabric = {
  overhead: NO_OVERHEAD,
  underlayKnowsPods: 'each',
  onNode: () => ({ devices: [], routes: [] }),
};

/** The same with a route for each node's range of pods alone (cloud-provider: controllers/route). */
export const cloudRangeRoutes: Fabric = { ...cloudRoutes, underlayKnowsPods: 'ranges' };

/** Only what is on the node itself: nobody routes from one node's pods to another's. */
export const noFabric: Fabric = {
  overhead: NO_OVERHEAD,
  onNode: () => ({ devices: [], routes: [] }),
};
