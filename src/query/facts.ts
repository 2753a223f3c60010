/** Facts with their sources, for `explain cluster`. */

import type { SourceFile } from '../source/file.ts';
import type { SourceRef } from '../source/ref.ts';
import type { SourceAnswer } from './answer.ts';
import type { AssumptionCode } from './assumptions.ts';
import type { Fact } from './cluster-answer.ts';
import { objectNamer } from './namer.ts';
import type { Snapshot } from './snapshot.ts';
import { sourceAnswer } from './source-answer.ts';

/** Makes facts of one snapshot. */
export interface Facts {
  /** What is written in a manifest. */
  written<Value>(value: Value, at: SourceRef): Fact<Value>;
  /** What other objects show. */
  detected<Value>(value: Value, at: SourceRef | undefined): Fact<Value>;
  assumed<Value>(value: Value, assumption?: AssumptionCode): Fact<Value>;
  /** A value of the profile by its dotted key; assumed where nobody gave it. */
  ofProfile<Value>(key: string, value: Value, assumption?: AssumptionCode): Fact<Value>;
  /** Did somebody give this key? */
  isGiven(key: string): boolean;
  place(at: SourceRef): SourceAnswer;
}

/** The facts of a snapshot. */
export function factsOf(snapshot: Snapshot): Facts {
  const namer = objectNamer(snapshot.objects);
  const manifests = new Set<SourceFile>(snapshot.files);
  const { given } = snapshot.cluster.profile;
  const place = (at: SourceRef) => sourceAnswer(at, { namer });
  const detected = <Value>(value: Value, at: SourceRef | undefined): Fact<Value> => ({
    value,
    source: 'detected',
    ...(at === undefined ? {} : { at: place(at) }),
  });
  const assumed = <Value>(value: Value, assumption?: AssumptionCode): Fact<Value> => ({
    value,
    source: 'assumed',
    ...(assumption === undefined ? {} : { assumption }),
  });
  return {
    written: (value, at) => ({ value, source: 'manifest', at: place(at) }),
    detected,
    assumed,
    ofProfile(key, value, assumption) {
      if (!given.has(key)) return assumed(value, assumption);
      const at = given.get(key);
      if (at !== undefined && manifests.has(at.document.file)) return detected(value, at);
      // A preset that a flag names stands in no file.
      const isWritten = at !== undefined && at.document.file.text !== '';
      return { value, source: 'profile', ...(isWritten ? { at: place(at) } : {}) };
    },
    isGiven: (key) => given.has(key),
    place,
  };
}
