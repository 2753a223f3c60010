import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseSubset } from '../../src/source/subset/parse.ts';
import { compareWithPackage } from './oracle.ts';
import { plain } from './read.ts';

/** The value that our own reader gives a document; undefined if it leaves it to the `yaml` package. */
function valueIn(text: string): unknown {
  return plain(parseSubset(text, { start: 0, end: text.length })?.value);
}

// Values by YAML 1.2.2 (the numbers are its chapters), scalars as in scalar.test.ts.
describe('inside the subset', () => {
  test.each<[string, string, unknown]>([
    [
      'mappings and lists (8.2)',
      'a:\n  b: 1\n  c:\n  - x\n  - q: z\n    w:\n',
      { a: { b: 1, c: ['x', { q: 'z', w: null }] } },
    ],
    ['lists in lists', '- - a\n  - b\n-\n  - c\n- \n', [['a', 'b'], ['c'], null]],
    ['a list as a value, indented or not', 'a:\n- 1\nb:\n  - 2\n', { a: [1], b: [2] }],
    ['comments and blank lines', '# c\na: 1 # d\n\n  # e\nb:   # f\n\n  c: x#y\n', { a: 1, b: { c: 'x#y' } }],
    [
      'keys',
      '"a": 1\n\'b c\' : 2\nd e: 3\n017: 4\nf:g: 5\n-h: 6\n',
      { a: 1, 'b c': 2, 'd e': 3, 15: 4, 'f:g': 5, '-h': 6 },
    ],
    ['plain lines (7.3.3)', 'a: b\n  c\n\n\n   d: # e\n'.replace('d:', 'd'), { a: 'b c\n\nd' }],
    ['a value on the next line', 'a:\n  b c\nd:\n  "e"\n', { a: 'b c', d: 'e' }],
    [
      'quotes (7.3.1, 7.3.2)',
      `a: 'it''s'\nb: "x\\ty\\u00e9\\x21\\U0001F600\\/"\n`,
      { a: "it's", b: 'x\tyé!😀/' },
    ],
    ['quoted lines', `a: "b \n\n  c\\n\n  d"\nb: '\n  e\n  '\n`, { a: 'b\nc\n d', b: ' e ' }],
    [
      'literal blocks (8.1.2)',
      'a: |\n  x\n    y\n\n  z\n\nb: |-\n  x\nc: |+\n  x\n\n',
      { a: 'x\n  y\n\nz\n', b: 'x', c: 'x\n\n' },
    ],
    [
      'folded blocks (8.1.3)',
      'a: >\n  x\n  y\n\n  z\n   w\n  v\nb: >- # c\n  x\n  y\n',
      { a: 'x y\nz\n w\nv\n', b: 'x y' },
    ],
    ['indentation indicators', 'a: |2\n    x\n  y\nb:\n- |1-\n   z\n', { a: '  x\ny\n', b: ['  z'] }],
    [
      'brackets (7.4)',
      'a: [1, x y, "z", [], {b: c,}]\nd: {e: [\n  f, # g\n  h\n ]\n}\n',
      { a: [1, 'x y', 'z', [], { b: 'c' }], d: { e: ['f', 'h'] } },
    ],
    [
      'JSON',
      '{"a": [1, -0.5, true, null, {}],\n\t"b":"\\u00e9\\"" }',
      { a: [1, -0.5, true, null, {}], b: 'é"' },
    ],
    [
      'Windows line ends',
      'a:\r\n  b: x\r\n    y\r\nc: |\r\n  z\r\n\r\nd: "e\r\n  f"\r\n',
      { a: { b: 'x y' }, c: 'z\n', d: 'e f' },
    ],
    ['no line end', 'a:\n  b: |\n    c', { a: { b: 'c\n' } }],
    [
      'names of an object',
      '__proto__: {constructor: 1}\ntoString: 2\n',
      { ['__proto__']: { constructor: 1 }, toString: 2 },
    ],
  ])('%s', (_name, text, value) => {
    expect(valueIn(text)).toEqual(plain(value));
    expect(compareWithPackage('text', text)).toEqual({ documents: 1, outside: 0, differences: [] });
  });
});

describe('outside the subset', () => {
  test.each([
    ['anchors', 'a: &x 1\n'],
    ['aliases', 'a: *x\n'],
    ['tags', 'a: !!str 1\n'],
    ['merge keys', 'a:\n  <<: {b: 1}\n'],
    ['explicit keys', '? a\n: b\n'],
    ['directives', '%YAML 1.1\n---\na: 1\n'],
    ['tabs', 'a:\n\tb: 1\n'],
    ['tabs behind a key', 'a:\t1\n'],
    ['duplicate keys', 'a: 1\na: 2\n'],
    ['duplicate keys in brackets', '{"a": 1, "a": 2}'],
    ['keys that mean the same', '15: a\n017: b\n'],
    ['a scalar alone', 'a\n'],
    ['empty values in brackets', '{a: , b}'],
    ['a pair in a list', '[a: b]'],
    ['a mapping in a value', 'a: b: c\n'],
    ['a list in a value', 'a: - b\n'],
    ['wrong indentation', 'a:\n    b: 1\n  c: 2\n'],
    ['a line that is not indented enough', 'a: "b\nc"\n'],
    ['an open quote', 'a: "b\n'],
    ['an open bracket', 'a: [b\n'],
    ['what follows a quote', 'a: "b" c\n'],
    ['an unknown escape', 'a: "\\q"\n'],
    ['an empty block', 'a: |\nb: 1\n'],
    ['a lone carriage return', 'a: b\rc\n'],
    ['templates', 'a: {{ .Values.b }}\n'],
    ['deep nesting', `${'['.repeat(101)}${']'.repeat(101)}`],
  ])('%s', (_name, text) => {
    expect(valueIn(text)).toBeUndefined();
  });
});

/** The manifests under a folder; none if it is not there. */
function manifestsIn(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return /\.(?:ya?ml|json)$/.test(path) ? [path] : [];
  return readdirSync(path)
    .sort()
    .flatMap((name) => manifestsIn(join(path, name)));
}

describe('real manifests are read as the yaml package reads them', () => {
  test.for([
    ['fixtures', 1],
    // Manifests of public projects, where they lie beside the repository.
    ['../shared/corpus', 100],
  ] as const)('%s', { timeout: 300_000 }, ([folder, least], { skip }) => {
    const files = manifestsIn(folder);
    if (files.length === 0) skip(`${folder} does not lie beside the repository`);
    let [documents, outside] = [0, 0];
    for (const file of files) {
      const compared = compareWithPackage(file, readFileSync(file, 'utf8'));
      expect(compared.differences).toEqual([]);
      documents += compared.documents;
      outside += compared.outside;
    }
    expect(documents).toBeGreaterThanOrEqual(least);
    expect(outside / documents).toBeLessThan(0.05);
  });
});
