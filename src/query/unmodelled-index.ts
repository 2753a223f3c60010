/** The unmodelled objects of a set by the namespace of the pods that they may touch. */

import { addTo } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { type UnmodelledObject, unmodelledObjects } from '../k8s/unmodelled.ts';

/** undefined: pods of every namespace. */
type UnmodelledIndex = ReadonlyMap<string | undefined, readonly UnmodelledObject[]>;

/**
 * Objects that may touch pods of these namespaces: first those about every namespace, then namespace by
 * namespace, in the order of the input. The index is made at the first question about the set.
 */
export function unmodelledNear(
  objects: ObjectSet,
  namespaces: ReadonlySet<string>,
): readonly UnmodelledObject[] {
  const index = indexOf(objects);
  return [undefined, ...namespaces].flatMap((namespace) => index.get(namespace) ?? []);
}

const indexOf = onceFor((objects: ObjectSet): UnmodelledIndex => {
  const index = new Map<string | undefined, UnmodelledObject[]>();
  for (const object of unmodelledObjects(objects)) addTo(index, object.subject.namespace, object);
  return index;
});
