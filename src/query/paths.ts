/** From walks to the paths of an answer: equal ones merged, failures first. */

import { compareText } from '../collections/order.ts';
import { addFractions, type Fraction, printFraction } from '../net/fraction.ts';
import type { Protocol } from '../net/packet.ts';
import { isSuccess, type Result } from '../trace/disposition.ts';
import type { DiagnosticAnswer, PathAnswer } from './answer.ts';

/** A path before it is merged with its equals. */
export interface PathDraft {
  readonly share: Fraction;
  readonly protocol: Protocol;
  /** Paths that also end alike are equal where they share it (walk-shape.ts). */
  readonly shape: string;
  /** Did a policy end one of its legs? */
  readonly isDenied: boolean;
  readonly path: Omit<PathAnswer, 'weight'>;
  /** Why it fails; empty for a path that succeeds. */
  readonly causes: readonly DiagnosticAnswer[];
}

/** Merges equal paths and orders them: failures first, then by backend. Shares are kept exact. */
export function mergePaths(drafts: readonly PathDraft[]): readonly PathAnswer[] {
  const groups = new Map<string, PathDraft>();
  for (const draft of drafts) {
    const { disposition, reason, symptom } = draft.path;
    const key = `${disposition} ${reason} ${symptom} ${draft.shape}`;
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
  return { ...first, share: addFractions(first.share, other.share), path: { ...first.path, backends } };
}

function byFailureThenBackend(a: PathDraft, b: PathDraft): number {
  const failed = (draft: PathDraft) => (isSuccess(draft.path.disposition) ? 1 : 0);
  return failed(a) - failed(b) || compareText(a.path.backends[0] ?? '', b.path.backends[0] ?? '');
}
