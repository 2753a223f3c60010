/** Keys of the profile that are not the same on both sides: what a change comes from that no object explains. */

import { refTo, type SourceRef, valueAt } from '../../source/ref.ts';
import type { Snapshot } from '../snapshot.ts';
import { sourceAnswer } from '../source-answer.ts';
import type { CauseAnswer, DiffSide } from './diff-answer.ts';

/** What the places of a profile are called, where objects have their names. */
const NAME = 'profile';

interface GivenKey {
  readonly key: string;
  readonly at: SourceRef;
}

/** The deepest keys that differ, in their order. Flags are the same for both sides; facts come from objects. */
export function profileCauses(before: Snapshot, after: Snapshot): readonly CauseAnswer[] {
  const [old, fresh] = [keysInFile(before), keysInFile(after)];
  const keys = [...new Set([...fresh.keys(), ...old.keys()])].sort();
  const differing = keys.filter((key) => textAt(old.get(key)) !== textAt(fresh.get(key)));
  return differing
    .filter((key) => !differing.some((other) => other.startsWith(`${key}.`)))
    .flatMap((key) => {
      const [was, is] = [old.get(key), fresh.get(key)];
      if (is !== undefined) return causeAt({ key, at: is }, was === undefined ? 'added' : 'changed', 'new');
      return was === undefined ? [] : causeAt({ key, at: was }, 'removed', 'old');
    });
}

/** The keys that the profile file gives. A key above others stands for those too. */
function keysInFile({ profile, files }: Snapshot): ReadonlyMap<string, SourceRef> {
  const manifests = new Set<unknown>(files);
  return new Map(
    [...profile.given].flatMap(([key, at]) =>
      at === undefined || manifests.has(at.document.file) ? [] : [[key, at] as const],
    ),
  );
}

function textAt(at: SourceRef | undefined): string | undefined {
  return at === undefined ? undefined : JSON.stringify(valueAt(at));
}

function causeAt(
  { key, at }: GivenKey,
  change: CauseAnswer['change'],
  side: DiffSide,
): readonly CauseAnswer[] {
  // A preset gives many keys at one place, which is shown once.
  const namer = () => ({ object: NAME, base: 0 });
  const place = sourceAnswer(refTo(at), { namer });
  return [{ ...place, path: place.path ?? key, object: NAME, change, side }];
}
