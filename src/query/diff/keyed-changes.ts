/** Compares what each side says under the same keys. */

import { compareText } from '../../collections/order.ts';
import type { Aspect, ChangeAnswer } from './diff-answer.ts';

/** What one side says of a subject. */
export interface Said {
  /** undefined: there is nothing, for reasons that lie in the objects. */
  readonly value: string | undefined;
  /** Objects that it rests on. */
  readonly objects: readonly string[];
}

/** The changes between two tables, in the order of their keys. @param causes of the objects of both sides. */
export function keyedChanges(
  aspect: Aspect,
  old: ReadonlyMap<string, Said>,
  fresh: ReadonlyMap<string, Said>,
  causes: (objects: readonly string[]) => ChangeAnswer['because'],
): readonly ChangeAnswer[] {
  const subjects = [...new Set([...old.keys(), ...fresh.keys()])].sort(compareText);
  return subjects.flatMap((subject): readonly ChangeAnswer[] => {
    const [before, after] = [old.get(subject), fresh.get(subject)];
    if (before?.value === after?.value) return [];
    return [
      {
        aspect,
        subject,
        ...(before?.value === undefined ? {} : { before: before.value }),
        ...(after?.value === undefined ? {} : { after: after.value }),
        because: causes([...(before?.objects ?? []), ...(after?.objects ?? [])]),
      },
    ];
  });
}
