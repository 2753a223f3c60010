/**
 * With K8SNET_VECTORS=DIR, every conformance file of DIR whose family is modelled runs as tests, one for each
 * case, so that what once passed keeps passing.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { VectorFamily } from './family.ts';
import type { VectorResult } from './result.ts';
import { familyOf } from './run.ts';

const folder = process.env['K8SNET_VECTORS'];
const files = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('.json'));

test('K8SNET_VECTORS holds conformance files', (context) => {
  context.skip(folder === undefined, 'K8SNET_VECTORS names no folder');
  expect(files).not.toEqual([]);
});

describe.each(files.sort())('%s', (name) => {
  const json: unknown = JSON.parse(readFileSync(join(folder ?? '', name), 'utf8'));
  const family = familyOf(json);

  test('has the shape of a known family', () => expect(family).toBeDefined());
  if (family?.modelled === true) testCases(family, json);
  else test('cases', (context) => context.skip(`${family?.name} is not modelled yet`));
});

/** A case fails if any of its expectations does; what it skips is a test of its own, so that it is counted. */
function testCases(family: VectorFamily, json: unknown): void {
  for (const [id, results] of byCase(family.run(json))) {
    const asked = results.filter((result) => result.status !== 'skip');
    const skipped = results.filter((result) => result.status === 'skip');
    if (asked.length > 0) {
      test(id, () => expect(asked.filter((result) => result.status === 'fail')).toEqual([]));
    }
    if (skipped.length > 0) {
      const reasons = [...new Set(skipped.map((result) => result.detail))];
      test(`${id}, ${skipped.length} left out`, (context) => context.skip(reasons.join('; ')));
    }
  }
}

function byCase(results: Iterable<VectorResult>): Map<string, VectorResult[]> {
  const cases = new Map<string, VectorResult[]>();
  for (const result of results) cases.set(result.id, [...(cases.get(result.id) ?? []), result]);
  return cases;
}
