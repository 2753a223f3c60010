/** Objects that are not the same in two manifest sets, and where they first differ. */

import { type FieldPath, isMapping } from '../../source/document.ts';
import { refTo, type SourceRef, valueAt, valueIn } from '../../source/ref.ts';
import { objectNamer } from '../namer.ts';
import type { Snapshot } from '../snapshot.ts';
import { sourceAnswer } from '../source-answer.ts';
import type { CauseAnswer } from './diff-answer.ts';

/** `networkpolicy/shop/db`: kind in lower case, namespace where it has one, name. */
export type ObjectId = string;

export interface ObjectChange {
  readonly id: ObjectId;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Top-level fields of the spec, the template, … in which it differs; empty where it is on one side only. */
  readonly paths: readonly FieldPath[];
  /** The object, or a field of it, as what causes a change. */
  causeAt(path: FieldPath): CauseAnswer;
}

/** What the API server writes into every object, and what applying leaves behind. */
const NOISE: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/** Places of differences that are kept of one object. */
const MOST_PATHS = 50;

interface Stored {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: SourceRef;
}

/** By id, in the order of the ids. */
export function objectChanges(before: Snapshot, after: Snapshot): ReadonlyMap<ObjectId, ObjectChange> {
  const [old, fresh] = [storedObjects(before), storedObjects(after)];
  const changes: ObjectChange[] = [];
  for (const [id, object] of old) {
    const other = fresh.get(id);
    if (other === undefined) changes.push(changeOf(before, { ...object, change: 'removed', paths: [] }));
    else {
      const paths = differences(valueAt(object.origin), valueAt(other.origin));
      if (paths.length > 0) changes.push(changeOf(after, { ...other, change: 'changed', paths }));
    }
  }
  for (const [id, object] of fresh)
    if (!old.has(id)) changes.push(changeOf(after, { ...object, change: 'added', paths: [] }));
  changes.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return new Map(changes.map((change) => [change.id, change]));
}

/** `kind/namespace/name` of an object. */
export function objectId(kind: string, namespace: string, name: string): ObjectId {
  return namespace === '' ? `${kind.toLowerCase()}/${name}` : `${kind.toLowerCase()}/${namespace}/${name}`;
}

function storedObjects({ objects }: Snapshot): ReadonlyMap<ObjectId, Stored> {
  return new Map(
    objects.objects.map(({ kind, metadata: { namespace, name }, origin }) => [
      objectId(kind, namespace, name),
      { kind, namespace, name, origin },
    ]),
  );
}

function changeOf(
  snapshot: Snapshot,
  {
    kind,
    namespace,
    name,
    origin,
    change,
    paths,
  }: Stored & Pick<ObjectChange, 'paths'> & { readonly change: CauseAnswer['change'] },
): ObjectChange {
  const id = objectId(kind, namespace, name);
  return {
    id,
    kind,
    namespace,
    name,
    paths,
    causeAt: (path) => ({
      ...sourceAnswer(refTo(origin, ...path), { namer: objectNamer(snapshot.objects) }),
      object: id,
      change,
      side: change === 'removed' ? 'old' : 'new',
    }),
  };
}

/** Where two values differ: the deepest places that both have or one lacks, in the order of the new one. */
function differences(before: unknown, after: unknown): readonly FieldPath[] {
  const found: FieldPath[] = [];
  for (const path of differingPaths(before, after, [])) if (found.push(path) === MOST_PATHS) break;
  return found;
}

function* differingPaths(a: unknown, b: unknown, path: FieldPath): Generator<FieldPath> {
  if (a === b || (isNothing(a) && isNothing(b))) return;
  const keys = sharedKeys(a, b);
  if (keys === undefined) yield path;
  else for (const key of keys) yield* differingPaths(valueIn(a, key), valueIn(b, key), [...path, key]);
}

/** The keys of two mappings, or the indexes of two lists; undefined for anything else. */
function sharedKeys(a: unknown, b: unknown): readonly (string | number)[] | undefined {
  if (Array.isArray(a) && Array.isArray(b)) return [...(a.length > b.length ? a : b).keys()];
  if (!isMapping(a) || !isMapping(b)) return undefined;
  return [...new Set([...Object.keys(b), ...Object.keys(a)])].filter((key) => !NOISE.has(key));
}

/** `null` is absent, as for the API server. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}
