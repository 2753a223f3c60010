import { expect, test } from 'vitest';
import { labelsMatch, type SelectorOperator, selectorMatches } from '../../src/k8s/selector.ts';

const WEB = new Map([
  ['app', 'web'],
  ['tier', ''],
]);

// kubernetes/apimachinery:pkg/labels/selector.go Requirement.Matches.
test.each<[SelectorOperator, string, readonly string[], boolean]>([
  ['In', 'app', ['db', 'web'], true],
  ['In', 'app', ['db'], false],
  ['In', 'zone', ['a'], false],
  ['NotIn', 'app', ['db'], true],
  ['NotIn', 'app', ['web'], false],
  ['NotIn', 'zone', ['a'], true],
  ['Exists', 'tier', [], true],
  ['Exists', 'zone', [], false],
  ['DoesNotExist', 'zone', [], true],
  ['DoesNotExist', 'tier', [], false],
])('%s %s %j', (operator, key, values, expected) => {
  const selector = { matchLabels: new Map(), matchExpressions: [{ key, operator, values }] };
  expect(selectorMatches(selector, WEB)).toBe(expected);
});

test('all requirements must hold; none is everything', () => {
  const exists = { key: 'app', operator: 'Exists' as const, values: [] };
  expect(selectorMatches({ matchLabels: new Map([['app', 'db']]), matchExpressions: [exists] }, WEB)).toBe(
    false,
  );
  expect(selectorMatches({ matchLabels: new Map(), matchExpressions: [] }, WEB)).toBe(true);
  expect(labelsMatch(new Map(), new Map())).toBe(true);
  expect(labelsMatch(new Map([['tier', '']]), new Map())).toBe(false);
});
