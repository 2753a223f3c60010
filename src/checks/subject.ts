/** Objects as findings name them, and places in them. */

import { compareText } from '../collections/order.ts';
import type { K8sObject, OtherObject } from '../k8s/object.ts';
import type { FieldPath } from '../source/document.ts';
import { refTo, type SourceRef, valueAt } from '../source/ref.ts';

/** An object that a finding is about, or that is evidence of one. */
export interface Subject {
  readonly kind: string;
  /** Empty for objects without a namespace. */
  readonly namespace: string;
  readonly name: string;
  /** undefined: it is in every cluster, but nobody wrote it. */
  readonly origin?: SourceRef;
}

/** The subject that an object of a manifest is; its kind as it is written, though two groups may have it. */
export function subjectOf(object: K8sObject<string, unknown> | OtherObject): Subject {
  const { origin } = object;
  const { namespace, name } = 'metadata' in object ? object.metadata : object;
  const written = valueAt(refTo(origin, 'kind'));
  const kind = typeof written === 'string' && written !== '' ? written : object.kind;
  return { kind, namespace, name, origin };
}

/**
 * Objects in the order of their names, whatever file they stand in: of two that are in each other's way the second is told,
 * and which one that is must not depend on files.
 */
export function inOrderOfName<Item extends K8sObject<string, unknown>>(
  objects: readonly Item[],
): readonly Item[] {
  return objects
    .map((object) => ({ object, key: subjectName(subjectOf(object)) }))
    .sort((a, b) => compareText(a.key, b.key))
    .map(({ object }) => object);
}

/** `Service shop/web`, `Namespace shop`. */
export function subjectName({ kind, namespace, name }: Omit<Subject, 'origin'>): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/** `spec.ports[0].targetPort`; keys of maps as they are: `metadata.labels.app.kubernetes.io/name`. */
export function printFieldPath(path: FieldPath): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
