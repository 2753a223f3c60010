/** Whatever is written and asked: no crash, no hang, no document that is lost without a word. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSnapshot, type Snapshot, traceQuestion } from '../../src/index.ts';
import { UsageError } from '../../src/query/usage-error.ts';
import { type Manifest, manifests, references } from './manifests.ts';

function snapshotOf(objects: readonly Manifest[], stored = false): Snapshot {
  const files = [{ name: 'all.json', text: objects.map((object) => `${JSON.stringify(object)}\n`).join('') }];
  return loadSnapshot({ files, profile: { flags: { set: stored ? ['input=stored'] : [] } } });
}

/** The answer; undefined for a question that does not fit the cluster. */
function ask(snapshot: Snapshot, from: string, to: string) {
  try {
    return traceQuestion(snapshot, { from, to, dns: true });
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

test('every question has an answer or a usage error, and every path one disposition', () => {
  let answered = 0;
  fc.assert(
    fc.property(manifests, references, references, fc.boolean(), (objects, from, to, stored) => {
      const answer = ask(snapshotOf(objects, stored), from, to);
      if (answer === undefined) return;
      answered++;
      const weights = answer.paths.map(({ weight }) => weight.split('/').map(Number));
      const sum = weights.reduce((total, [part = 0, whole = 1]) => total + part / whole, 0);
      expect(sum).toBeCloseTo(1, 9);
      for (const path of answer.paths) {
        const ends = path.legs
          .filter(({ purpose }) => purpose === 'request')
          .flatMap(({ hops }) => hops.flatMap(({ steps }) => steps))
          .filter(({ kind }) => kind === 'accept' || kind === 'end');
        expect(ends.length).toBe(path.legs.some(({ purpose }) => purpose === 'request') ? 1 : 0);
      }
    }),
    { numRuns: 250 },
  );
  expect(answered).toBeGreaterThan(5);
});

test('every document is read, counted by its kind, or reported', () => {
  fc.assert(
    fc.property(manifests, (objects) => {
      const snapshot = snapshotOf(objects);
      const counted = [...snapshot.objects.counts.values()].reduce((sum, count) => sum + count, 0);
      const reported = new Set(
        snapshot.diagnostics.flatMap(({ sources }) =>
          sources.map(({ at }) => ('document' in at ? at.document.span.start : at.span.start)),
        ),
      );
      expect(counted + reported.size).toBeGreaterThanOrEqual(objects.length);
    }),
    { numRuns: 150 },
  );
});
