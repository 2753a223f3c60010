/** From walks to the paths of an answer: equal ones merged, failures first. */

import { compareText } from '../cluster/order.ts';
import { addFractions, type Fraction, printFraction } from '../net/fraction.ts';
import type { Protocol } from '../net/packet.ts';
import { isSuccess, type Result } from '../trace/disposition.ts';
import type { DiagnosticAnswer, HopAnswer, LegAnswer, PathAnswer } from './answer.ts';

/** A path before it is merged with its equals. */
export interface PathDraft {
  readonly share: Fraction;
  readonly protocol: Protocol;
  readonly path: Omit<PathAnswer, 'weight'>;
  /** Why it fails; empty for a path that succeeds. */
  readonly causes: readonly DiagnosticAnswer[];
}

/** Merges equal paths and orders them: failures first, then by backend. Shares are kept exact. */
export function mergePaths(drafts: readonly PathDraft[]): readonly PathAnswer[] {
  const groups = new Map<string, PathDraft>();
  for (const draft of drafts) {
    const key = shapeOf(draft.path);
    const known = groups.get(key);
    groups.set(key, known === undefined ? draft : joined(known, draft));
  }
  return [...groups.values()].sort(byFailureThenBackend).map(({ share, path }) => ({
    weight: printFraction(share),
    ...path,
  }));
}

/** The result over all paths. */
export function resultOf(paths: readonly PathAnswer[]): Result {
  if (paths.some(({ disposition }) => disposition === 'insufficient-info')) return 'undetermined';
  const good = paths.filter(({ disposition }) => isSuccess(disposition)).length;
  if (good === 0) return 'unreachable';
  return good === paths.length ? 'reachable' : 'ambiguous';
}

function joined(first: PathDraft, other: PathDraft): PathDraft {
  const backends = [...new Set([...first.path.backends, ...other.path.backends])].sort(compareText);
  return {
    share: addFractions(first.share, other.share),
    protocol: first.protocol,
    path: { ...first.path, backends },
    causes: first.causes,
  };
}

/** What makes two paths equal: end, places and operations; not which replica, its address or its chains. */
function shapeOf(path: Omit<PathAnswer, 'weight'>): string {
  return JSON.stringify([path.disposition, path.reason, path.symptom, path.legs.map(legShape)]);
}

/** Paths share their look-up. */
const legShapes = new WeakMap<LegAnswer, string>();

function legShape(leg: LegAnswer): string {
  const known = legShapes.get(leg);
  if (known !== undefined) return known;
  const shape = JSON.stringify([...leg.hops, ...(leg.reply?.hops ?? [])].map(hopShape));
  legShapes.set(leg, shape);
  return shape;
}

function hopShape({ place, steps }: HopAnswer): unknown {
  const isPod = place.kind === 'pod' || place.kind === 'proxy';
  const where = isPod ? [place.kind, place.namespace, place.node] : [place.kind, place.name];
  return [
    where,
    steps.map(({ kind, where: at, changes }) => [
      kind,
      deviceShape(at?.in),
      deviceShape(at?.out),
      changes?.[0]?.nat,
    ]),
  ];
}

function deviceShape(device: string | undefined): string | undefined {
  return device?.startsWith('veth~') ? 'veth' : device;
}

function byFailureThenBackend(a: PathDraft, b: PathDraft): number {
  const failed = (draft: PathDraft) => (isSuccess(draft.path.disposition) ? 1 : 0);
  return failed(a) - failed(b) || compareText(a.path.backends[0] ?? '', b.path.backends[0] ?? '');
}
