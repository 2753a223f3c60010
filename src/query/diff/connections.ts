/** What changes in connections: by policies between peers, and by Services to their backends. */

import type { Pod } from '../../cluster/cluster.ts';
import { isEmpty, printPorts } from '../../net/port-set.ts';
import { clusterMatrix } from '../matrix/cluster-matrix.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import { type JointPeer, type JointPeers, jointPeers } from './joint-peers.ts';
import { keyedChanges } from './keyed-changes.ts';
import { matrixCauses } from './matrix-causes.ts';
import { gained, lost, type MatrixChange, matrixChanges, pairsOf, presence } from './matrix-changes.ts';
import { NO_BACKEND, serviceIdentity, servicePorts } from './service-ports.ts';
import { causesOf, type Side, type Sides } from './side.ts';

/** Peers that a subject names before the rest is counted. */
const MOST_NAMES = 4;

export interface ConnectionChanges {
  readonly changes: readonly ChangeAnswer[];
  /** Pairs of peers that are there on both sides. */
  readonly opened: number;
  readonly lost: number;
}

/** All of them, over the families that either side has. */
export function connectionChanges(sides: Sides): ConnectionChanges {
  const pairs = [4 as const, 6 as const].flatMap((family) => familyChanges(sides, family));
  const services = serviceChanges(sides);
  const lasting = pairs.filter(({ change }) => followed(change) === undefined);
  const count = (some: typeof lasting) => some.reduce((sum, { change }) => sum + pairsOf(change), 0);
  const hasBackend = (value: string | undefined) => value !== undefined && value !== NO_BACKEND;
  const lasted = services.filter(({ follows }) => follows === undefined);
  const lostPorts = lasted.filter(({ before, after }) => hasBackend(before) && !hasBackend(after));
  const openedPorts = lasted.filter(({ before, after }) => hasBackend(after) && !hasBackend(before));
  return {
    changes: [...pairs.map(({ answer }) => answer), ...services],
    opened: count(lasting.filter(({ change }) => !isEmpty(gained(change)))) + openedPorts.length,
    lost: count(lasting.filter(({ change }) => !isEmpty(lost(change)))) + lostPorts.length,
  };
}

interface PairChange {
  readonly change: MatrixChange;
  readonly answer: ChangeAnswer;
}

function familyChanges(sides: Sides, family: 4 | 6): readonly PairChange[] {
  const families = [sides.old, sides.new].map(({ snapshot }) => snapshot.profile.ipFamilies);
  if (!families.some((each) => each.includes(family))) return [];
  const [before, after] = [podsOf(sides.old, sides.new), podsOf(sides.new, sides.old)];
  const old = clusterMatrix(sides.old.snapshot, family, before).matrix;
  const fresh = clusterMatrix(sides.new.snapshot, family, after).matrix;
  // Where both families are there and policies are about pods alone, the second says the same again.
  const isSecond = family === 6 && families.some((each) => each.includes(4));
  const mark = isSecond ? ' (IPv6)' : '';
  const everyone = jointPeers(old.universe, fresh.universe);
  const explain = matrixCauses(sides, { old: before, new: after });
  return matrixChanges(old, fresh, everyone)
    .filter(({ from, to }) => !isSecond || [...from, ...to].some(({ isOutside }) => isOutside))
    .map((change) => ({
      change,
      answer: { ...pairAnswer(change, explain(change)), subject: `${subjectOf(change, everyone)}${mark}` },
    }));
}

/**
 * The pods of a side. An invented address may be in a block on one side and not on the other: where both are
 * invented, both sides get the same.
 */
function podsOf(own: Side, other: Side): readonly Pod[] {
  return own.snapshot.cluster.pods
    .filter(({ finished }) => !finished)
    .map((pod) => {
      const same = other.snapshot.cluster.podByKey.get(pod.key);
      if (!pod.assumed.ips || same === undefined || !same.assumed.ips) return pod;
      const text = (each: Pod) => each.ips.map((ip) => ip.text).join();
      return text(same) < text(pod) ? { ...pod, ips: same.ips } : pod;
    });
}

function pairAnswer(change: MatrixChange, because: ChangeAnswer['because']): Omit<ChangeAnswer, 'subject'> {
  const { from, to, before, after } = change;
  const follows = followed(change);
  return {
    aspect: 'connections',
    from: from.map(({ id }) => id),
    to: to.map(({ id }) => id),
    ...(isEmpty(before) ? {} : { before: printPorts(before) }),
    ...(isEmpty(after) ? {} : { after: printPorts(after) }),
    ...(follows === undefined ? {} : { follows }),
    because,
  };
}

/** Is one of the ends only on one side? */
function followed({ from, to }: MatrixChange): ChangeAnswer['follows'] {
  const sides = [...from, ...to].map(presence);
  if (sides.includes('new')) return 'added';
  return sides.includes('old') ? 'removed' : undefined;
}

function subjectOf({ from, to }: MatrixChange, { sources, destinations }: JointPeers): string {
  return `${setText(from, sources, to)} → ${setText(to, destinations, from)}`;
}

/** All peers, or all but those at the other end, need no list. */
function setText(
  peers: readonly JointPeer[],
  all: readonly JointPeer[],
  other: readonly JointPeer[],
): string {
  const own = new Set([...peers, ...other].map(({ id }) => id));
  if (peers.length > 2 && all.every(({ id }) => own.has(id))) return 'everything';
  const outside = peers.filter(({ isOutside }) => isOutside);
  const names = peers.filter(({ isOutside }) => !isOutside).map(({ id }) => id);
  const texts = [...names, ...mergedRanges(outside)];
  if (texts.length <= MOST_NAMES) return texts.join(', ');
  return `${texts.slice(0, MOST_NAMES - 1).join(', ')} and ${texts.length - MOST_NAMES + 1} more`;
}

/** Neighbouring ranges as one: `outside 10.0.0.0-10.0.3.255`. */
function mergedRanges(outside: readonly JointPeer[]): readonly string[] {
  const rows: { first: string; last: string; old: number; new: number }[] = [];
  for (const { id, old = 0, new: fresh = 0 } of outside) {
    const [first = '', last = ''] = id.replace('outside ', '').split('-');
    const row = rows.at(-1);
    const isNext = row !== undefined && old <= row.old + 1 && fresh <= row.new + 1;
    if (isNext) Object.assign(row, { last, old, new: fresh });
    else rows.push({ first, last, old, new: fresh });
  }
  return rows.map(({ first, last }) => (last === '' ? 'outside' : `outside ${first}-${last}`));
}

function serviceChanges(sides: Sides): readonly ChangeAnswer[] {
  const [old, fresh] = [servicePorts(sides.old.snapshot), servicePorts(sides.new.snapshot)];
  const changes = keyedChanges('connections', old, fresh, (objects) =>
    causesOf(sides, objects, 'connections'),
  );
  const services = (side: Side) => new Set(side.snapshot.cluster.services.map(serviceIdentity));
  const known = { old: services(sides.old), new: services(sides.new) };
  return changes.map((change) => {
    const service = change.subject.replace(/:[^:]*$/, '');
    if (!known.old.has(service)) return { ...change, follows: 'added' };
    return known.new.has(service) ? change : { ...change, follows: 'removed' };
  });
}
