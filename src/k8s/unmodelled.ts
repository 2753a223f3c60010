/**
 * Objects that can change an answer and are not modelled, with the pods that each may touch, so that an
 * answer can say what it leaves out.
 */

import { isMapping } from '../source/document.ts';
import type { SourceRef } from '../source/ref.ts';
import type { MaybeSelector } from './foreign-selectors.ts';
import { groupOf } from './names.ts';
import type { OtherObject } from './object.ts';
import type { ObjectSet } from './read.ts';
import { type Concern, UNMODELLED_KINDS, type UnmodelledKind } from './unmodelled-kinds.ts';

/** The pods that an object may touch. */
export interface Subject {
  /** undefined: pods of every namespace. */
  readonly namespace?: string;
  /** `unknown`: any pod there; its selector is written in a way that is not read. */
  readonly selector: MaybeSelector;
}

export interface UnmodelledObject {
  readonly kind: string;
  readonly apiVersion: string;
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly concern: Concern;
  readonly subject: Subject;
  readonly origin: SourceRef;
}

/** Configuration in Istio's root namespace counts for the whole mesh. */
const MESH_ROOT_NAMESPACE = 'istio-system';

const KIND_OF: ReadonlyMap<string, UnmodelledKind> = new Map(
  UNMODELLED_KINDS.flatMap((each) => each.groups.map((group) => [`${group}/${each.kind}`, each] as const)),
);

/** The objects of such kinds, in the order of the input. Parses their documents. */
export function unmodelledObjects(objects: ObjectSet): readonly UnmodelledObject[] {
  return objects.others.flatMap((object) => {
    const kind = KIND_OF.get(`${groupOf(object.apiVersion)}/${object.kind}`);
    return kind === undefined ? [] : [unmodelledObject(object, kind)];
  });
}

function unmodelledObject(object: OtherObject, kind: UnmodelledKind): UnmodelledObject {
  const isNamespaced = kind.namespaced ?? kind.scope === 'namespace';
  const spec = isMapping(object.raw) ? object.raw['spec'] : undefined;
  const isWide = kind.concern === 'mesh' && object.namespace === MESH_ROOT_NAMESPACE;
  return {
    kind: object.kind,
    apiVersion: object.apiVersion,
    namespace: isNamespaced ? object.namespace : '',
    name: object.name,
    concern: kind.concern,
    subject: {
      ...(kind.scope === 'namespace' && !isWide ? { namespace: object.namespace } : {}),
      selector: isMapping(spec) ? kind.selector(spec) : 'unknown',
    },
    origin: object.origin,
  };
}
