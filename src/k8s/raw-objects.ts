/** Objects of a kind as they are written, whether or not a reader knows the kind. */

import { isContainer, isMapping, type RawMapping } from '../source/document.ts';
import type { K8sAnyObject } from './kinds.ts';
import type { OtherObject } from './object.ts';
import type { ObjectSet } from './read.ts';

/** The objects of a kind, in the order of the input; those that are read come last. */
export function rawObjectsOfKind({ objects, otherOfKind }: ObjectSet, kind: string): readonly OtherObject[] {
  return [...otherOfKind(kind), ...objects.filter((object) => object.kind === kind).map(rawObject)];
}

/** An object that is read, as one that is not. */
function rawObject({ apiVersion, kind, metadata, origin }: K8sAnyObject): OtherObject {
  return {
    apiVersion,
    kind,
    origin,
    name: metadata.name,
    namespace: metadata.namespace,
    get raw() {
      return origin.path.reduce<unknown>(
        (value, key) => (value as Readonly<Record<string | number, unknown>>)[key],
        origin.document.value,
      );
    },
  };
}

/** A scalar as text; of a mapping or list, which nobody should have written there, the empty one. */
export function scalarText(value: unknown): string {
  return isContainer(value) ? '' : String(value);
}

/** A mapping below a raw value; empty where there is none. */
export function mappingAt(value: unknown, ...keys: readonly string[]): RawMapping {
  const found = keys.reduce((at, key) => (isMapping(at) ? at[key] : undefined), value);
  return isMapping(found) ? found : {};
}

/** The mappings of a list below a raw value. */
export function mappingsAt(value: unknown, key: string): readonly RawMapping[] {
  const list = isMapping(value) ? value[key] : undefined;
  return Array.isArray(list) ? list.filter(isMapping) : [];
}
