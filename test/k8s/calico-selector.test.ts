/** Calico's selector expressions, by the cases of projectcalico/calico:libcalico-go/lib/selector/parser/parser_test.go. */

import { describe, expect, test } from 'vitest';
import { noneHolds, parseCalicoSelector } from '../../src/k8s/calico-selector.ts';
import { selectorMatches } from '../../src/k8s/selector.ts';

type Labels = Readonly<Record<string, string>>;

function matches(text: string, labels: Labels): boolean {
  const alternatives = parseCalicoSelector(text);
  if (typeof alternatives === 'string') throw new Error(alternatives);
  const own = new Map(Object.entries(labels));
  const holds = (of: typeof alternatives) =>
    of.some((matchExpressions) => selectorMatches({ matchLabels: new Map(), matchExpressions }, own));
  // What does not hold, its negation does.
  const none = noneHolds(alternatives);
  expect(none !== undefined && holds(none)).toBe(!holds(alternatives));
  return holds(alternatives);
}

describe.each<[string, readonly Labels[], readonly Labels[]]>([
  ['a == "b"', [{ a: 'b' }, { a: 'b', c: 'd' }], [{}, { a: 'c' }, { c: 'd' }]],
  [
    'a == "b" && c == "d"',
    [{ a: 'b', c: 'd' }],
    [{}, { a: 'b', c: 'e' }, { a: 'c', c: 'd' }, { c: 'd' }, { a: 'b' }],
  ],
  [
    'a == "b" || c == "d"',
    [{ a: 'b', c: 'd' }, { a: 'b' }, { c: 'd' }],
    [{}, { a: 'e', c: 'e' }, { c: 'e' }],
  ],
  [`a in {"'", '"', "c"}`, [{ a: 'c' }, { a: '"' }, { a: "'" }], [{}, { a: 'e' }]],
  [`a not in {"'", '"', "c"}`, [{}, { a: 'e' }], [{ a: 'c' }, { a: '"' }]],
  ['a != "a"', [{}, { a: 'b' }], [{ a: 'a' }]],
  ['a contains "a"', [{ a: 'a' }, { a: 'bab' }], [{}, { a: 'b' }, { b: 'aaa' }]],
  ['a starts with "a"', [{ a: 'a' }, { a: 'abb' }], [{}, { a: 'baa' }]],
  ['a ends with "a"', [{ a: 'bba' }], [{}, { a: 'aab' }]],
  ['a startswith "a"', [{ a: 'abb' }], [{ a: 'baa' }]],
  ['!a in {"a"}', [{ a: 'b' }, {}], [{ a: 'a' }]],
  ['a in {"a", "b"}', [{ a: 'a' }, { a: 'b' }], [{ a: 'c' }]],
  ['has(a)', [{ a: 'b' }], [{ b: 'b' }]],
  ['!!! has(a)', [{}], [{ a: 'b' }]],
  ['! !!has(a)', [{}], [{ a: 'b' }]],
  ['', [{}, { a: 'b' }], []],
  [' all()', [{}, { a: 'b' }], []],
  ["a == 'a1' && b == 'b1'", [{ a: 'a1', b: 'b1' }], [{ a: 'a1' }]],
  ["a != 'a1' && !b == 'b1'", [{}], [{ a: 'a1', b: 'b1' }]],
  ['!(!has(a) || has(b))', [{ a: 'a' }], [{}, { a: 'a', b: 'b' }]],
  ["! a == 'a1' || ! b == 'b1'", [{ a: 'a1' }], [{ a: 'a1', b: 'b1' }]],
  ["!(!(k == 'v' && has(t) || all()) && (a in {'b', 'c'}))", [{ a: 'b' }, {}], []],
  ["a=='a'&&has( b )", [{ a: 'a', b: '' }], [{ a: 'a' }]],
])('%s', (text, hits, misses) => {
  test('matches', () => {
    for (const labels of hits) expect(matches(text, labels), JSON.stringify(labels)).toBe(true);
  });
  test('does not match', () => {
    for (const labels of misses) expect(matches(text, labels), JSON.stringify(labels)).toBe(false);
  });
});

test.each([
  ...[
    'b == b',
    'b contains b',
    'b starts with b',
    'b ends with b',
    "'b1' == b",
    'b',
    'a b',
    '!',
    'foo == "bar" &',
  ],
  ...[
    'foo == "bar" |',
    'foo != ||',
    'foo in {"", ||',
    'foo in ""',
    '"FOO',
    `"FOO'`,
    "'FOO",
    '(',
    '(a == "foo"',
  ],
  ...[')', '()', '%', 'a == "b" && %', 'a == "b" || %', 'a ', 'has(foo) &&'],
])('%s is refused', (text) => {
  expect(typeof parseCalicoSelector(text)).toBe('string');
});

test('expressions with too many alternatives are refused, not expanded', () => {
  const text = Array.from({ length: 20 }, (_, index) => `(a${index} == 'x' || b${index} == 'y')`).join(
    ' && ',
  );
  expect(parseCalicoSelector(text)).toBe('it has too many alternatives');
});
