/** The objects that a change of the matrix can come from: those at its ends, policies about them, their namespaces. */

import type { Pod } from '../../cluster/cluster.ts';
import { selectsPod } from '../../policy/policy-index.ts';
import { unitId } from '../matrix/units.ts';
import { objectNamer } from '../namer.ts';
import type { ChangeAnswer } from './diff-answer.ts';
import type { JointPeer } from './joint-peers.ts';
import { type MatrixChange, presence } from './matrix-changes.ts';
import { type ObjectId, objectId } from './object-changes.ts';
import { workloadId } from './service-ports.ts';
import { causesOf, relevantPath, type Side, type Sides } from './side.ts';

/** Finds the causes of changes between the pods of two sides. */
export function matrixCauses(
  sides: Sides,
  pods: { readonly old: readonly Pod[]; readonly new: readonly Pod[] },
): (change: MatrixChange) => ChangeAnswer['because'] {
  const units = { old: firstPods(pods.old), new: firstPods(pods.new) };
  const policies = changedPolicies(sides, units);
  const podsIn = (peers: readonly JointPeer[]) =>
    peers.flatMap((peer) => [units.old.get(unitOf(peer)) ?? [], units.new.get(unitOf(peer)) ?? []].flat());
  return ({ from, to }) => {
    const ends = [...from, ...to];
    const oneSided = ends.filter((peer) => !peer.isOutside && presence(peer) !== 'both');
    if (oneSided.length > 0) return causesOf(sides, podsIn(oneSided).map(workloadId), 'connections');
    const about = policies.filter(({ direction, selected }) =>
      (direction === 'ingress' ? to : from).some((peer) => selected.has(unitOf(peer))),
    );
    const found = podsIn(ends);
    const near = [
      ...about.map(({ id }) => id),
      ...found.map(workloadId).filter((id) => isRelevant(sides, id)),
    ];
    const namespaces = found.map(({ namespace }) => objectId('Namespace', '', namespace));
    const causes = causesOf(sides, near.length > 0 ? near : namespaces, 'connections');
    return causes.length > 0 ? causes : causesOf(sides, clusterWide(sides), 'connections');
  };
}

/** A part of a workload has its pods' names behind it. */
function unitOf({ id }: JointPeer): string {
  return id.replace(/ \(.*\)$/, '');
}

function firstPods(pods: readonly Pod[]): ReadonlyMap<string, Pod> {
  const first = new Map<string, Pod>();
  for (const pod of pods) {
    const id = unitId(pod);
    if (!first.has(id)) first.set(id, pod);
  }
  return first;
}

function isRelevant({ objects }: Sides, id: ObjectId): boolean {
  const change = objects.get(id);
  return change !== undefined && relevantPath(change, 'connections') !== undefined;
}

interface ChangedPolicy {
  readonly id: ObjectId;
  readonly direction: 'ingress' | 'egress';
  /** The workloads that it is about. */
  readonly selected: ReadonlySet<string>;
}

function changedPolicies(
  sides: Sides,
  units: Readonly<Record<'old' | 'new', ReadonlyMap<string, Pod>>>,
): readonly ChangedPolicy[] {
  const ofSide = ({ snapshot }: Side, pods: ReadonlyMap<string, Pod>) =>
    snapshot.policies.policies.flatMap(({ origin, direction, subject }): readonly ChangedPolicy[] => {
      const id = objectNamer(snapshot.objects)(origin)?.object ?? '';
      if (!sides.objects.has(id)) return [];
      const selected = [...pods].filter(([, pod]) => selectsPod(subject, pod, snapshot.policies.namespaces));
      return [{ id, direction, selected: new Set(selected.map(([unit]) => unit)) }];
    });
  return [...ofSide(sides.old, units.old), ...ofSide(sides.new, units.new)];
}

/** What changes the network as a whole: nodes, and what tells which CNI there is. */
function clusterWide({ objects }: Sides): readonly string[] {
  const kinds = new Set(['Node', 'Namespace', 'DaemonSet']);
  return [...objects.values()].flatMap(({ id, kind }) => (kinds.has(kind) ? [id] : []));
}
