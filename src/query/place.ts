/** Where something happens, as the answer holds it. */

import type { Pod } from '../cluster/cluster.ts';
import type { Place } from '../dataplane/network.ts';
import type { PlaceAnswer } from './answer.ts';

/** The place with its address as text. */
export function placeAnswer({ address, ...place }: Place): PlaceAnswer {
  return { ...place, ...(address === undefined ? {} : { address: address.text }) };
}

/** A pod as a place; without an address while it is Pending. */
export function podPlace({ name, namespace, node, ips }: Pod): PlaceAnswer {
  const [address] = ips;
  return {
    kind: 'pod',
    name,
    namespace,
    ...(node === undefined ? {} : { node }),
    ...(address === undefined ? {} : { address: address.text }),
  };
}
