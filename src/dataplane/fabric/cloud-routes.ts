/**
 * No routes on the node: pods' packets leave by the default route, and the cloud's own network knows which
 * node has which pod (route tables per node, alias ranges, secondary addresses).
 */

import { type Fabric, NO_OVERHEAD } from '../cni.ts';

export const cloudRoutes: Fabric = {
  overhead: NO_OVERHEAD,
  underlayKnowsPods: true,
  onNode: () => ({ devices: [], routes: [] }),
};

/** Only what is on the node itself: nobody routes from one node's pods to another's. */
export const noFabric: Fabric = {
  overhead: NO_OVERHEAD,
  onNode: () => ({ devices: [], routes: [] }),
};
