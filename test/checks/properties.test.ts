/** What must hold of every input, shown on the examples of all rules together. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RULES } from '../../src/checks/rules.ts';
import { check } from './check-text.ts';

/** The examples of each family in one input, each in a namespace of its own. */
const PARTS = RULES.filter(({ examples }) => examples.bad.set === undefined).map(({ name, examples }) => ({
  name,
  documents: examples.bad.manifests.split(/^---\n/m),
}));

function fingerprints(files: Readonly<Record<string, string>>): readonly string[] {
  return check(files)
    .findings.map(({ fingerprint }) => fingerprint)
    .sort();
}

describe('files', () => {
  test('splitting, merging, reordering and indenting files keeps fingerprints', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...PARTS.filter(({ name }) => !ORDERED.has(name))),
        fc.nat(),
        ({ documents }, seed) => {
          const merged = fingerprints({ 'all.yaml': documents.join('---\n') });
          const turned = documents.map((_, index) => documents[(index + seed) % documents.length] ?? '');
          const split = Object.fromEntries(
            turned.map((text, index) => [`dir/${index}.yaml`, `# comment\n\n${text}`]),
          );
          expect(fingerprints(split)).toEqual(merged);
        },
      ),
      { numRuns: 60 },
    );
  });
});

/** Of two objects that cannot both be, the later one is told: which one that is, the order decides. */
const ORDERED: ReadonlySet<string> = new Set(
  RULES.filter(({ name }) => /conflict|duplicate|overlap|loop|not-rendered|hidden/.test(name)).map(
    ({ name }) => name,
  ),
);

describe('names', () => {
  test('an unrelated namespace changes nothing', () => {
    const more = `apiVersion: v1
kind: Namespace
metadata: {name: zz-unrelated}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: zz, namespace: zz-unrelated}
spec:
  selector: {matchLabels: {zz: zz}}
  template:
    metadata: {labels: {zz: zz}}
    spec: {containers: [{name: zz, image: zz}]}
`;
    for (const { name, documents } of PARTS) {
      const before = fingerprints({ 'a.yaml': documents.join('---\n') });
      const after = fingerprints({ 'a.yaml': documents.join('---\n'), 'b.yaml': more });
      expect(
        after.filter((each) => !before.includes(each)),
        name,
      ).toEqual([]);
    }
  });

  test('renaming a namespace everywhere keeps the findings', () => {
    const rules = (namespace: string, text: string) =>
      check(text, { set: [`namespace=${namespace}`] }).findings.map(({ rule, path }) => `${rule} ${path}`);
    for (const { name, documents } of PARTS) {
      const text = documents.join('---\n');
      if (/default|namespace/.test(text)) continue;
      expect(rules('left', text).sort(), name).toEqual(rules('right', text).sort());
    }
  });
});
