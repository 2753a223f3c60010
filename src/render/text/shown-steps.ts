/** Which steps a level shows (ux 2.2). */

import type { HopAnswer, StepAnswer, StepKind } from '../../query/answer.ts';
import type { Level } from '../renderer.ts';

/** Does the default level show this kind? What changes and decides nothing is for `-v`. */
const SHOWN_BY_DEFAULT: Readonly<Record<StepKind, boolean>> = {
  resolve: true,
  originate: true,
  translate: true,
  route: true,
  encapsulate: true,
  decapsulate: true,
  policy: true,
  balance: true,
  'terminate-tls': true,
  'l7-route': true,
  'l7-rewrite': true,
  proxy: true,
  accept: true,
  end: true,
  receive: false,
  match: false,
  track: false,
  neighbor: false,
  bridge: false,
  transmit: false,
};

/**
 * The steps of a hop that a level shows. The step at which the path fails is always among them; where a
 * node switches the frame instead of routing it, so is the bridge. A resolver takes the question so that it
 * can answer it: only the answer is shown.
 */
export function shownSteps(
  hop: HopAnswer,
  stop: StepAnswer | undefined,
  level: Level,
): readonly StepAnswer[] {
  if (level === 'verbose') return hop.steps;
  const isRouted = hop.steps.some((step) => step.kind === 'route');
  const isResolver = hop.place.kind === 'resolver';
  const shown = hop.steps.filter((step) => {
    if (step === stop) return true;
    if (step.kind === 'bridge') return !isRouted;
    return SHOWN_BY_DEFAULT[step.kind] && !(isResolver && step.kind === 'accept');
  });
  return shown.length > 0
    ? shown.filter((step, index) => !isFutile(step, shown[index + 1], stop))
    : hop.steps.slice(-1);
}

/** A route that the packet does not take, because a rule stops it right there, decides nothing. */
function isFutile(step: StepAnswer, next: StepAnswer | undefined, stop: StepAnswer | undefined): boolean {
  return step.kind === 'route' && next !== undefined && next === stop && next.verdict !== undefined;
}
