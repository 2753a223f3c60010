/** The answer's way back in one sentence. */

import type { HopAnswer, LegAnswer } from '../../query/answer.ts';
import { isSuccess } from '../../trace/disposition.ts';
import { type Line, plain, wrap } from './layout.ts';
import type { Page } from './page.ts';

/** `reply  same hops back; at node-a conntrack restores src 10.96.0.50:80`; nothing if none is walked. */
export function replyLines(leg: LegAnswer, page: Page): readonly Line[] {
  if (leg.reply === undefined) return [];
  const { hops, disposition } = leg.reply;
  const sentence = isSuccess(disposition)
    ? [road(leg.hops, hops, page), ...hops.flatMap(restorations)].join('; ')
    : `lost at ${hops.findLast((hop) => hop.steps.length > 0)?.place.name ?? 'the sender'}`;
  return wrap([plain(`reply  ${sentence}`)], { width: page.width, start: 0, hang: 7 });
}

function road(forward: readonly HopAnswer[], back: readonly HopAnswer[], page: Page): string {
  if (back.length === 0) return 'arrives';
  const there = forward.map(placeKey).reverse();
  const isSame = there.length === back.length && back.every((hop, index) => placeKey(hop) === there[index]);
  return isSame ? 'same hops back' : back.map(placeName).join(` ${page.glyphs.flows} `);
}

function placeName({ place }: HopAnswer): string {
  return place.kind === 'loadbalancer' ? 'load balancer' : place.name;
}

/** A resolver's pod is the same place on the way back, when it only sends. */
function placeKey({ place }: HopAnswer): string {
  return `${place.name} ${place.address ?? ''}`;
}

/** What conntrack undoes at a hop of the answer. */
function restorations(hop: HopAnswer): readonly string[] {
  const changes = hop.steps.flatMap((step) => step.changes ?? []);
  const restored = changes.filter((change) => change.nat === 'reverse');
  if (restored.length === 0) return [];
  const fields = restored.map((change) => `${change.field} ${change.to}`);
  const who = hop.place.kind === 'loadbalancer' ? 'the load balancer' : `at ${hop.place.name} conntrack`;
  return [`${who} restores ${fields.join(' and ')}`];
}
