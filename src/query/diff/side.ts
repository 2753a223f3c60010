/** One of the two manifest sets that are compared, and what their comparison shares. */

import { WORKLOAD_KINDS } from '../../cluster/owners.ts';
import { compareText } from '../../collections/order.ts';
import type { FieldPath } from '../../source/document.ts';
import type { Snapshot } from '../snapshot.ts';
import type { Aspect, CauseAnswer } from './diff-answer.ts';
import { type Identities, identitiesOf } from './identity.ts';
import { type ObjectChange, type ObjectId, objectChanges } from './object-changes.ts';

export interface Side {
  readonly snapshot: Snapshot;
  readonly identities: Identities;
}

export interface Sides {
  readonly old: Side;
  readonly new: Side;
  readonly objects: ReadonlyMap<ObjectId, ObjectChange>;
}

/** Both sides. */
export function sidesOf(before: Snapshot, after: Snapshot): Sides {
  return {
    old: { snapshot: before, identities: identitiesOf(before) },
    new: { snapshot: after, identities: identitiesOf(after) },
    objects: objectChanges(before, after),
  };
}

/** What of a workload can matter to an aspect; of other kinds everything can. */
const WORKLOAD_FIELDS: Readonly<Record<Aspect, RegExp>> = {
  connections: /labels|ports|hostNetwork|selector|status|readiness|conditions/i,
  names: /labels|ports|hostname|subdomain|serviceName|selector|status|readiness/i,
  variables: /env|enableServiceLinks/i,
  exposure: /labels|ports|hostNetwork|selector|status|readiness/i,
  routes: /labels|ports|selector|status|readiness/i,
  findings: /./,
};

/**
 * The places of those objects that changed. A workload that changed elsewhere is left out where another object, or
 * another place of it, explains more.
 */
export function causesOf(
  { objects }: Pick<Sides, 'objects'>,
  ids: Iterable<ObjectId>,
  aspect: Aspect,
): readonly CauseAnswer[] {
  const changes = [...new Set(ids)].flatMap((id) => objects.get(id) ?? []);
  const near = changes.filter((change) => relevantPath(change, aspect) !== undefined);
  return (near.length > 0 ? near : changes)
    .map((change) => change.causeAt(relevantPath(change, aspect) ?? change.paths[0] ?? []))
    .sort(
      (a, b) => compareText(a.file, b.file) || a.line - b.line || compareText(a.object ?? '', b.object ?? ''),
    );
}

/** The first path that can matter; the empty one of an object that is on one side only. */
export function relevantPath({ kind, paths }: ObjectChange, aspect: Aspect): FieldPath | undefined {
  if (paths.length === 0) return [];
  const isWorkload = kind === 'Pod' || WORKLOAD_KINDS.some((each) => each === kind);
  return isWorkload ? paths.find((path) => WORKLOAD_FIELDS[aspect].test(path.join('.'))) : paths[0];
}
