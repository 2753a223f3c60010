/** Documents inside documents: what they say is found at its own line and column. */

import { expect, test } from 'vitest';
import { type FieldPath, isMapping } from '../../src/source/document.ts';
import { readNested } from '../../src/source/nested.ts';
import { locate } from '../../src/source/ref.ts';
import { readDocuments } from '../../src/source/yaml.ts';

function nested(text: string) {
  const problems: { text: string; at: string }[] = [];
  const [outer] = readDocuments({ name: 'map.yaml', text }, () => {});
  if (outer === undefined || !isMapping(outer.value)) throw new Error('no outer document');
  const value = outer.value['data'];
  const documents = readNested(
    { document: outer, path: ['data'] },
    String(value),
    ({ text: message, sources }) => {
      const [first] = sources;
      const { line = 0, column = 0 } = first === undefined ? {} : locate(first.at);
      problems.push({ text: message, at: `${line}:${column}` });
    },
  );
  const [document] = documents;
  const at = (...path: FieldPath) => {
    if (document === undefined) return 'nothing';
    const { file, line, column, endColumn } = locate({ document, path });
    return `${file}:${line}:${column}-${endColumn}`;
  };
  return { documents, at, problems, value: document?.value };
}

test('a literal block keeps its places, blank lines and deeper indentation too', () => {
  const { at } = nested('data: |\n  a: 1\n\n  b:\n    c: [x, yy]\n');
  expect(at('a')).toBe('map.yaml:2:6-7');
  expect(at('b', 'c', 1)).toBe('map.yaml:5:12-14');
});

test.each([
  ['|-', 'data: |-\n    a: 1\n    b: 2\n'],
  ['|+', 'data: |+ # a comment\n    a: 1\n    b: 2\n\n'],
  ['CRLF', 'data: |\r\n    a: 1\r\n    b: 2\r\n'],
  ['an indentation that is written', 'data: |4\n    a: 1\n    b: 2\n'],
])('%s', (_, text) => {
  expect(nested(text).at('b')).toBe('map.yaml:3:8-9');
});

test('JSON in a block is JSON at its place', () => {
  expect(nested('data: |\n  {\n    "Network": "10.0.0.0/8"\n  }\n').at('Network')).toBe('map.yaml:3:16-28');
});

test('every document of the text is read', () => {
  const { documents } = nested('data: |\n  a: 1\n  ---\n  b: 2\n');
  expect(documents.map(({ value }) => ({ ...(value as object) }))).toEqual([{ a: 1 }, { b: 2 }]);
  const [, second] = documents;
  expect(second === undefined ? 0 : locate({ document: second, path: ['b'] }).line).toBe(4);
});

test.each([
  ['quoted', 'data: "a: 1\\nb: 2\\n"\n'],
  ['folded', 'data: >\n  a: 1\n\n  b: 2\n'],
])('%s text is cited by its key', (_, text) => {
  expect(nested(text).at('b')).toBe('map.yaml:1:1-5');
});

test('what is wrong with the text is reported at its place', () => {
  const { problems, value } = nested('data: |\n  a: 1\n  b: "x" y\n');
  expect(value).toBeUndefined();
  expect(problems).toHaveLength(1);
  expect(problems[0]?.at).toMatch(/^3:/);
});
