import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { printProblems, read } from './read.ts';

describe('documents', () => {
  test.each<[string, string, readonly unknown[]]>([
    ['markers', 'a: 1\n---\na: 2\n', [{ a: 1 }, { a: 2 }]],
    ['a marker on the first line', '---\na: 1\n--- # next\na: 2', [{ a: 1 }, { a: 2 }]],
    ['content on the line of the marker', '--- a\n--- |\n text\n', ['a', 'text\n']],
    ['Windows line ends', 'a: 1\r\n---\r\nb:\r\n  - c\r\n', [{ a: 1 }, { b: ['c'] }]],
    ['a byte order mark', '\uFEFFa: 1\n---\n\uFEFFb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['document ends', 'a: 1\n...\n# c\n...\nb: 2\n...\n', [{ a: 1 }, { b: 2 }]],
    ['directives', '%YAML 1.1\n---\na: 1\n...\n%TAG ! x:\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['no content', '# c\n---\n\n---\n  # d\n--- # e\n', []],
    ['an empty text', '', []],
    ['dashes that are no marker', 'a: |\n  ---\n  b\nc: ---d\n', [{ a: '---\nb\n', c: '---d' }]],
    ['JSON lines', '{"a": 1}\n{"a": "}{"}\n', [{ a: 1 }, { a: '}{' }]],
    ['JSON behind a marker', '---\n{"a": [1, 2]}\n', [{ a: [1, 2] }]],
    ['flow style that is not JSON', '{a: 1, b: [yes]}\n', [{ a: 1, b: [true] }]],
  ])('%s', (_name, text, values) => {
    const source = read(text);
    expect(source.values()).toEqual(values);
    expect(source.problems).toEqual([]);
  });

  test('one that cannot be read harms no other, and says so once', () => {
    const source = read(readFileSync('fixtures/input/broken-in-the-middle/shop.yaml', 'utf8'));
    const names = source.documents.map(
      ({ value }) => (value as { metadata?: { name: string } })?.metadata?.name,
    );
    expect(names).toEqual(['api', undefined, 'web']);
    expect([...source.values()].length).toBe(3);
    expect(printProblems(source)).toEqual([
      '15:3 yaml-syntax Flow map in block collection must be sufficiently indented and end with a }',
    ]);
  });

  test('nothing is parsed before it is asked for', () => {
    const source = read('kind: A\napiVersion: v1\nb: [\n---\nkind: B\napiVersion: v1\n');
    expect(source.documents.map(({ kind }) => kind)).toEqual(['A', 'B']);
    expect(source.problems).toEqual([]);
  });
});

describe('kind and apiVersion without parsing', () => {
  test.each<[string, string | undefined, string | undefined]>([
    ['apiVersion: apps/v1\nkind: Deployment\n', 'Deployment', 'apps/v1'],
    ['"kind": "Pod" # c\n\'apiVersion\' : \'v1\'\r\n', 'Pod', 'v1'],
    ['spec:\n  kind: Nested\nkind:   Pod   \n', 'Pod', undefined],
    ['kind: A\nkind: B\n', 'B', undefined],
    ['data: |\n  kind: Text\n', undefined, undefined],
    ['kind: &k Pod\napiVersion:\n  v1\n', undefined, undefined],
    ['{\n"kind": "Pod"\n}', undefined, undefined],
    ['kind: Pod#1\n', undefined, undefined],
  ])('%j', (text, kind, apiVersion) => {
    const [document] = read(text).documents;
    expect(document?.kind).toBe(kind);
    expect(document?.apiVersion).toBe(apiVersion);
  });
});

// The values are those of kubectl 1.32 and sigs.k8s.io/yaml 1.6.
describe('values', () => {
  test.each<[string, string, unknown]>([
    ['quoted words stay text', 'a: "yes"\nb: \'017\'\nc: |-\n  1\n', { a: 'yes', b: '017', c: '1' }],
    ['tags', 'a: !!str 5\nb: !!int "5"\nc: !foo 5\nd: ! 5\n', { a: '5', b: 5, c: '5', d: '5' }],
    ['keys become text', '017: a\nyes: b\n1.5: c\n', { '15': 'a', true: 'b', '1.5': 'c' }],
    ['aliases', 'a: &x {b: 1}\nc: *x\nd: [*x]\n', { a: { b: 1 }, c: { b: 1 }, d: [{ b: 1 }] }],
    ['an anchor written again', 'a: &x 1\nb: &x 2\nc: *x\n', { a: 1, b: 2, c: 2 }],
    ['merge keys', 'a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  b: 3\n', { a: { b: 1, c: 2 }, d: { b: 3, c: 2 } }],
    ['a merge behind a key wins', 'a:\n  b: 1\n  <<: {b: 2}\n', { a: { b: 2 } }],
    ['of several merges the first wins', 'a:\n  <<: [{b: 1}, {b: 2, c: 3}]\n', { a: { b: 1, c: 3 } }],
    ['a quoted merge key is a key', '"<<": {a: 1}\n', { '<<': { a: 1 } }],
    ['folded and multi-line text', 'a: >-\n  b\n  c\nd: e\n  f\n', { a: 'b c', d: 'e f' }],
  ])('%s', (_name, text, value) => {
    const source = read(text);
    expect(source.values()).toEqual([value]);
    expect(source.problems).toEqual([]);
  });

  test('__proto__ and constructor are keys like any other', () => {
    for (const text of ['__proto__: {a: 1}\n', '{"__proto__": {"a": 1}}']) {
      const value = read(text).documents[0]?.value as Record<string, unknown>;
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect(value['a']).toBeUndefined();
      expect(value['constructor']).toBeUndefined();
    }
  });

  test('of a key that is written twice the last counts', () => {
    for (const text of ['a: 1\nb: 2\na: 3\n', '{"a": 1,\n"b": 2,\n"a": 3}']) {
      const source = read(text);
      expect(source.values()).toEqual([{ a: 3, b: 2 }]);
      expect(source.problems.map(({ code, severity }) => [code, severity])).toEqual([
        ['duplicate-key', 'warning'],
      ]);
      expect(source.documents[0]?.locate(['a'], 'value')).toEqual({
        start: text.indexOf('3'),
        end: text.indexOf('3') + 1,
      });
    }
    expect(printProblems(read('a: 1\n')).length).toBe(0);
  });
});

describe('documents that cannot be read', () => {
  const bomb = [...'abcdefgh'].map((name, index, names) => {
    const items = index === 0 ? Array(9).fill('"lol"') : Array(9).fill(`*${names[index - 1]}`);
    return `${name}: &${name} [${items.join(', ')}]\n`;
  });

  test.each<[string, string, string]>([
    ['syntax', 'a: 1\nb: c: d\n', '2:4 yaml-syntax Nested mappings are not allowed in compact mappings'],
    ['an unknown alias', 'a: *x\n', "1:4 yaml-syntax unknown anchor 'x'"],
    ['an anchor in itself', 'a: &x [*x]\n', "1:8 yaml-syntax anchor 'x' value contains itself"],
    ['a merge of no mapping', 'a:\n  <<: 5\n', '2:7 yaml-syntax a merge key (<<) needs a mapping'],
    ['a list as a key', '? [a]\n: b\n', '1:3 yaml-syntax a key must be a string, a number or a boolean'],
    [
      'a mapping as a key',
      '? {a: 1}\n: b\n',
      '1:3 yaml-syntax a key must be a string, a number or a boolean',
    ],
    ['an alias bomb', bomb.join(''), '6:8 yaml-alias-limit aliases expand to more than 100000 values'],
    ['nesting', `${'['.repeat(100_000)}`, '1:1 yaml-syntax collections are nested more than 500 deep'],
    [
      'nesting that the parser bears',
      `a: ${'['.repeat(600)}${']'.repeat(600)}\n`,
      '1:1 yaml-syntax collections are nested more than 500 deep',
    ],
  ])('%s', (_name, text, problem) => {
    const source = read(text);
    expect(source.values()).toEqual([undefined]);
    expect(printProblems(source)).toEqual([problem]);
    expect(source.documents[0]?.locate(['a', 0])).toEqual(source.documents[0]?.span);
  });

  test('a template is told apart', () => {
    const source = read('spec:\n  {{- if .Values.a }}\n  a: 1\n');
    expect(source.values()).toEqual([undefined]);
    expect(source.problems[0]?.help?.[0]?.text).toMatch(/template/);
  });
});
