/**
 * Programs of one pod share its network namespace: the application and its sidecar, which talk over loopback. A leg that
 * starts or ends at a proxy shows each of them as a place of its own.
 */

import type { HopAnswer, LegAnswer, PlaceAnswer, StepAnswer } from '../answer.ts';
import { legAnswer } from '../hop-answers.ts';

/** The leg up to a proxy, which is its last place and shows what it does. */
export function endingAtProxy(leg: LegAnswer, steps: readonly StepAnswer[]): LegAnswer {
  return changed(leg, {
    there: (hops) => placedAt(overLoopback(hops), -1, steps),
    back: (hops) => placedAt(overLoopback(hops), 0, []),
  });
}

/** The leg of a connection that a proxy opens. */
export function fromProxy(leg: LegAnswer): LegAnswer {
  return changed(
    { ...leg, purpose: 'proxied' },
    {
      there: (hops) => placedAt(overLoopback(hops), 0, []),
      back: (hops) => placedAt(overLoopback(hops), -1, []),
    },
  );
}

type Change = (hops: readonly HopAnswer[]) => readonly HopAnswer[];

/** Hops are put into words when somebody reads them. */
function changed(
  leg: LegAnswer,
  { there, back }: { readonly there: Change; readonly back: Change },
): LegAnswer {
  const { purpose, reply } = leg;
  const own = () => there(leg.hops);
  if (reply === undefined) return legAnswer(purpose, own);
  return legAnswer(purpose, own, { disposition: reply.disposition, hops: () => back(reply.hops) });
}

/** The hop at an index (-1: the last) is a proxy, with steps behind its own. */
function placedAt(
  hops: readonly HopAnswer[],
  at: 0 | -1,
  steps: readonly StepAnswer[],
): readonly HopAnswer[] {
  const hop = hops.at(at);
  if (hop === undefined) return hops;
  return hops.with(at, { place: asProxy(hop.place), steps: [...hop.steps, ...steps] });
}

/** What stays in one pod: who sends, and who takes it from the loopback device. */
function overLoopback(hops: readonly HopAnswer[]): readonly HopAnswer[] {
  const [only, ...others] = hops;
  if (only === undefined || others.length > 0 || only.place.kind === 'node') return hops;
  const taken = only.steps.findIndex(({ kind, where }) => kind === 'receive' && where?.in === 'lo');
  if (taken < 0) return hops;
  const { place, steps } = only;
  return [
    { place, steps: steps.slice(0, taken) },
    { place, steps: steps.slice(taken) },
  ];
}

function asProxy(place: PlaceAnswer): PlaceAnswer {
  return place.kind === 'pod' ? { ...place, kind: 'proxy' } : place;
}
