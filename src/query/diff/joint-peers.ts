/**
 * The peers of two policy matrices in one numbering: workloads (or those of their pods that policies treat alike),
 * and ranges of outside addresses cut at the borders of both.
 */

import type { Pod } from '../../cluster/cluster.ts';
import { addTo, groupBy } from '../../collections/grouping.ts';
import { type AddressCuts, piece, pieceOf } from '../../policy/matrix/address-cuts.ts';
import type { Universe } from '../../policy/matrix/universe.ts';
import { unitId } from '../matrix/units.ts';

/** A peer, and the class that it belongs to on each side; undefined where it is not there. */
export interface JointPeer {
  readonly id: string;
  readonly old: number | undefined;
  readonly new: number | undefined;
  /** Of the larger side; an outside range has many. */
  readonly pods: number;
  readonly isOutside: boolean;
}

export interface JointPeers {
  readonly sources: readonly JointPeer[];
  readonly destinations: readonly JointPeer[];
}

/** The peers of both sides. Replicas beyond those of the other side are no new peers. */
export function jointPeers(before: Universe, after: Universe): JointPeers {
  const pods = podPeers(before, after);
  return {
    sources: [...pods, ...rangePeers([before, after], 'ingress', (universe) => universe.sourcesAt)],
    destinations: [...pods, ...rangePeers([before, after], 'egress', (universe) => universe.destinationsAt)],
  };
}

interface Located {
  readonly pod: Pod;
  readonly atom: number;
}

function locatedPods({ atoms }: Universe): ReadonlyMap<string, readonly Located[]> {
  const units = new Map<string, Located[]>();
  for (const [atom, item] of atoms.entries()) {
    if (!('pods' in item)) continue;
    for (const pod of item.pods) addTo(units, unitId(pod), { pod, atom });
  }
  return units;
}

function podPeers(before: Universe, after: Universe): readonly JointPeer[] {
  const [old, fresh] = [locatedPods(before), locatedPods(after)];
  const ids = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return ids.flatMap((id) => unitPeers(id, old.get(id) ?? [], fresh.get(id) ?? []));
}

function unitPeers(id: string, old: readonly Located[], fresh: readonly Located[]): readonly JointPeer[] {
  const isWhole = (located: readonly Located[]) => new Set(located.map(({ atom }) => atom)).size <= 1;
  const pods = Math.max(old.length, fresh.length);
  if (isWhole(old) && isWhole(fresh))
    return [{ id, old: old[0]?.atom, new: fresh[0]?.atom, pods, isOutside: false }];
  return dividedPeers(id, old, fresh);
}

/** Pods of one workload that are in one class on each side, by their names. */
function dividedPeers(id: string, old: readonly Located[], fresh: readonly Located[]): readonly JointPeer[] {
  const atomOf = (located: readonly Located[]) => new Map(located.map(({ pod, atom }) => [pod.name, atom]));
  const [before, after] = [atomOf(old), atomOf(fresh)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const parts = groupBy(names, (name) => `${before.get(name)} ${after.get(name)}`);
  return [...parts.values()].map((names) => ({
    id: `${id} (${shortList(names)})`,
    old: before.get(names[0] ?? ''),
    new: after.get(names[0] ?? ''),
    pods: names.length,
    isOutside: false,
  }));
}

function shortList(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(', ')
    : `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}

function rangePeers(
  [before, after]: readonly [Universe, Universe],
  direction: 'ingress' | 'egress',
  startOf: (universe: Universe) => number,
): readonly JointPeer[] {
  const [old, fresh] = [before.cuts[direction], after.cuts[direction]];
  const starts = [...new Set([...old.starts, ...fresh.starts])].sort((a, b) => (a < b ? -1 : 1));
  const joint: AddressCuts = { family: old.family, starts };
  return starts.map((start, index) => {
    const [first, last] = piece(joint, index);
    return {
      id: starts.length === 1 ? 'outside' : `outside ${first.text}-${last.text}`,
      old: startOf(before) + pieceOf(old, start),
      new: startOf(after) + pieceOf(fresh, start),
      pods: Number.POSITIVE_INFINITY,
      isOutside: true,
    };
  });
}
