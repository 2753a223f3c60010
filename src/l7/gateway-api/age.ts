/**
 * Who was there first. Everywhere in the Gateway API the oldest object wins, then the first by `namespace/name`
 * (kubernetes-sigs/gateway-api:apis/v1/gateway_types.go, geps/gep-713). What has no creationTimestamp is not
 * created yet and comes after what has one.
 */

import { compareText } from '../../collections/order.ts';
import type { ObjectMeta } from '../../k8s/object.ts';

interface Aged {
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** What never stands in a timestamp: behind all of them. */
const LATER = '~';

/** Sorts the winners first. Of one name the kinds in their alphabet, so that the order is complete. */
export function byAge(a: Aged, b: Aged): number {
  return compareAge(a, b) || compareName(a, b) || compareText(a.kind, b.kind);
}

/** By creationTimestamp alone; 0 also where both lack one. */
export function compareAge(a: Aged, b: Aged): number {
  return compareText(a.metadata.creationTimestamp ?? LATER, b.metadata.creationTimestamp ?? LATER);
}

function compareName(a: Aged, b: Aged): number {
  const key = ({ metadata }: Aged) => `${metadata.namespace}/${metadata.name}`;
  return compareText(key(a), key(b));
}
