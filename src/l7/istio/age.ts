/**
 * "The oldest wins": the order in which Istio takes objects of one kind. Manifests that nobody applied have no
 * age, and go by their name. Source: istio/istio:pilot/pkg/model/config.go SortByCreationTime.
 * Rule: docs/semantics/istio.md 2.4.
 */

import { compareNumbers, compareText } from '../../collections/order.ts';
import type { ObjectMeta } from '../../k8s/object.ts';

export type Aged = Pick<ObjectMeta, 'name' | 'namespace' | 'creationTimestamp'>;

/** Sorts the older object first, then by name, then by namespace. */
export function compareAge(a: Aged, b: Aged): number {
  return (
    compareNumbers(timeOf(a), timeOf(b)) ||
    compareText(a.name, b.name) ||
    compareText(a.namespace, b.namespace)
  );
}

/** A sorted copy. */
export function oldestFirst<Item extends { readonly metadata: Aged }>(
  items: readonly Item[],
): readonly Item[] {
  return [...items].sort((a, b) => compareAge(a.metadata, b.metadata));
}

/** Milliseconds; an object without a time is the oldest, as a zero time in Go is. */
function timeOf({ creationTimestamp }: Aged): number {
  const time = creationTimestamp === undefined ? Number.NaN : Date.parse(creationTimestamp);
  return Number.isNaN(time) ? Number.NEGATIVE_INFINITY : time;
}
