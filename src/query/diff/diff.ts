/** The question of `diff`: what changes between two manifest sets, in what they mean. */

import { once } from '../../collections/once.ts';
import { compareText } from '../../collections/order.ts';
import type { Snapshot } from '../snapshot.ts';
import { TOOL } from '../tool.ts';
import { connectionChanges } from './connections.ts';
import { ASPECTS, type Aspect, type ChangeAnswer, type DiffAnswer } from './diff-answer.ts';
import { exposureChanges } from './exposure.ts';
import { type FindingsOfSides, findingChanges } from './findings.ts';
import { nameChanges } from './names.ts';
import { profileCauses } from './profile-causes.ts';
import { routeChanges } from './routes.ts';
import { type Sides, sidesOf } from './side.ts';
import { variableChanges } from './variables.ts';

export interface DiffQuestion {
  /** What the two sides are called. */
  readonly old: string;
  readonly new: string;
  /** Only these. */
  readonly aspects?: readonly Aspect[];
  /** What `check` finds on both sides; without it findings are not compared. */
  readonly findings?: FindingsOfSides;
}

/** Compares two snapshots: objects by identity, so that what nobody wrote is never a difference. */
export function diffQuestion(before: Snapshot, after: Snapshot, question: DiffQuestion): DiffAnswer {
  const sides = sidesOf(before, after);
  const isAsked = (aspect: Aspect) => question.aspects?.includes(aspect) ?? true;
  const connections = isAsked('connections') ? connectionChanges(sides) : { changes: [], opened: 0, lost: 0 };
  const changes = [
    ...connections.changes,
    ...otherChanges(sides, question).filter(({ aspect }) => isAsked(aspect)),
  ]
    .map(explainedByProfile(before, after))
    .sort(byAspect);
  const added = changes.filter((change) => change.before === undefined);
  const removed = changes.filter((change) => change.after === undefined);
  const changed = changes.filter((change) => change.before !== undefined && change.after !== undefined);
  const count = (list: readonly ChangeAnswer[], wanted: Aspect) =>
    list.filter(({ aspect }) => aspect === wanted).length;
  return {
    schema: 'k8snet/diff/1',
    tool: TOOL,
    old: question.old,
    new: question.new,
    summary: {
      added: added.length,
      removed: removed.length,
      changed: changed.length,
      openedConnections: connections.opened,
      lostConnections: connections.lost,
      newExposure: count(added, 'exposure') + count(changed, 'exposure'),
      newFindings: count(added, 'findings'),
    },
    added,
    removed,
    changed,
    objects: [...sides.objects.values()].map((object) => object.causeAt(object.paths[0] ?? [])),
  };
}

/** Each aspect costs only where it is asked for. */
function otherChanges(sides: Sides, { aspects = ASPECTS, findings }: DiffQuestion): readonly ChangeAnswer[] {
  return [
    ...(aspects.includes('names') ? nameChanges(sides) : []),
    ...(aspects.includes('variables') ? variableChanges(sides) : []),
    ...(aspects.includes('exposure') ? exposureChanges(sides) : []),
    ...(aspects.includes('routes') ? routeChanges(sides) : []),
    ...(findings === undefined ? [] : findingChanges(findings)),
  ];
}

/** A change that no object explains comes from the profile, where that is not the same. */
function explainedByProfile(before: Snapshot, after: Snapshot): (change: ChangeAnswer) => ChangeAnswer {
  const causes = once(() => profileCauses(before, after));
  return (change) => (change.because.length > 0 ? change : { ...change, because: causes() });
}

function byAspect(a: ChangeAnswer, b: ChangeAnswer): number {
  return ASPECTS.indexOf(a.aspect) - ASPECTS.indexOf(b.aspect) || compareText(a.subject, b.subject);
}
