/** The unmodelled objects of a set by the namespace of the pods that they may touch. */

import type { ObjectSet } from '../k8s/read.ts';
import { type UnmodelledObject, unmodelledObjects } from '../k8s/unmodelled.ts';

/** undefined: pods of every namespace. */
type UnmodelledIndex = ReadonlyMap<string | undefined, readonly UnmodelledObject[]>;

const indexes = new WeakMap<ObjectSet, UnmodelledIndex>();

/**
 * Objects that may touch pods of these namespaces: first those about every namespace, then namespace by
 * namespace, in the order of the input. The index is made at the first question about the set.
 */
export function unmodelledNear(
  objects: ObjectSet,
  namespaces: ReadonlySet<string>,
): readonly UnmodelledObject[] {
  const index = indexes.get(objects) ?? indexByNamespace(unmodelledObjects(objects));
  indexes.set(objects, index);
  return [undefined, ...namespaces].flatMap((namespace) => index.get(namespace) ?? []);
}

function indexByNamespace(objects: readonly UnmodelledObject[]): UnmodelledIndex {
  const index = new Map<string | undefined, UnmodelledObject[]>();
  for (const object of objects) {
    const group = index.get(object.subject.namespace);
    if (group === undefined) index.set(object.subject.namespace, [object]);
    else group.push(object);
  }
  return index;
}
