/** kubernetes/kubernetes:third_party/forked/golang/expansion/expand_test.go TestMapReference, testMapping. */

import { expect, test } from 'vitest';
import { expandReferences } from '../../../src/control/env/expand.ts';

const VALUES = new Map([
  ['VAR_A', 'A'],
  ['VAR_B', 'B'],
  ['VAR_C', 'C'],
  ['VAR_REF', '$(VAR_A)'],
  ['VAR_EMPTY', ''],
]);

test.each([
  ['$(VAR_A)', 'A'],
  ['___$(VAR_B)___', '___B___'],
  ['$$(VAR_B)_$(VAR_A)', '$(VAR_B)_A'],
  ['$$(VAR_A)_$(VAR_B)', '$(VAR_A)_B'],
  ['f000-$$VAR_A', 'f000-$VAR_A'],
  ['foo\\$(VAR_C)bar', 'foo\\Cbar'],
  ['foo\\\\$(VAR_C)bar', 'foo\\\\Cbar'],
  ['foo$$$$$(VAR_C)bar', 'foo$$Cbar'],
  ['foo$$(VAR_C)bar', 'foo$(VAR_C)bar'],
  ['foo$$$(VAR_C)bar', 'foo$Cbar'],
  ['$(VAR_A$(VAR_B)', '$(VAR_A$(VAR_B)'],
  ['$(VAR_A', '$(VAR_A'],
  ['$VAR_A)', '$VAR_A)'],
  ['\n', '\n'],
  ['$$$$$$$(VAR_A)', '$$$A'],
  ['$$$$$$$$(VAR_A)', '$$$$(VAR_A)'],
  ['$$$$$$$$$(VAR_A)$(', '$$$$A$('],
  ['$(VAR_A)$$$$$$$', 'A$$$$'],
  ['$()', '$()'],
  ['foo $', 'foo $'],
  // What a value holds is not expanded again.
  ['$(VAR_REF)', '$(VAR_A)'],
  ['x$(VAR_EMPTY)y', 'xy'],
  ['$(NO_SUCH)', '$(NO_SUCH)'],
])('%j', (text, expected) => {
  expect(expandReferences(text, (name) => VALUES.get(name)).text).toBe(expected);
});

test('names are told, known or not', () => {
  const { references } = expandReferences('$(VAR_A)$$(VAR_B)$(NO)', (name) => VALUES.get(name));
  expect(references).toEqual([
    { name: 'VAR_A', isKnown: true },
    { name: 'NO', isKnown: false },
  ]);
});
