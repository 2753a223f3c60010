/** A value of the wrong type anywhere in a manifest: `check` answers, whatever reads the field. */

import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { xorshift } from '../../bench/random.ts';
import { RULES } from '../../src/checks/rules.ts';
import { isMapping } from '../../src/source/document.ts';
import { check } from '../checks/check-text.ts';

const WRONG: readonly unknown[] = [null, 'x', 7, true, ['x'], [{ x: 'y' }], { x: { y: 'z' } }];
const CASES = 300;

type Path = readonly (string | number)[];

function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const below: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(isMapping(value) ? value : {});
  return below.flatMap(([step, child]) => [[...path, step], ...pathsIn(child, [...path, step])]);
}

function replaced(value: unknown, [step, ...rest]: Path, by: unknown): unknown {
  if (step === undefined) return by;
  if (Array.isArray(value)) return value.with(Number(step), replaced(value[Number(step)], rest, by));
  const mapping = isMapping(value) ? value : {};
  return { ...mapping, [step]: replaced(mapping[step], rest, by) };
}

test('of the examples of all rules', () => {
  const random = xorshift(7);
  // Templates are no objects.
  const texts = RULES.map(({ examples }) => examples.bad.manifests).filter((text) => !text.includes('{{'));
  let asked = 0;
  for (; asked < CASES; asked++) {
    const documents = parseAllDocuments(texts[random.below(texts.length)] ?? '').map((one) => one.toJS());
    const at = random.below(documents.length);
    const paths = pathsIn(documents[at]);
    const path = paths[random.below(paths.length)] ?? [];
    const by = WRONG[random.below(WRONG.length)];
    const text = documents
      .map((document, index) => JSON.stringify(index === at ? replaced(document, path, by) : document))
      .join('\n---\n');
    expect(() => check(text), `${path.join('.')} is ${JSON.stringify(by)}: ${text}`).not.toThrow();
  }
  expect(asked).toBe(CASES);
});
