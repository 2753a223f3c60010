import { describe, expect, test } from 'vitest';
import type { FieldPath } from '../../src/source/document.ts';
import { lineText, positionAt } from '../../src/source/file.ts';
import { locate, printPath, refTo } from '../../src/source/ref.ts';
import { read } from './read.ts';

const YAML = `# first
apiVersion: v1
metadata: {name: web, labels: {app: "web"}}
spec:
  selector:
    app: web   # c
  ports:
  - name: http
    port: 80
  - {name: https, port: 443}
  base: &base
    x: 1
  copy: *base
  merged:
    <<: *base
    y: 2
  empty:
  text: |
    line
  80: number
`;
const JSON_TEXT = '{"spec": {"ports": [{"name": "http", "port": 80}, {}], "empty": null}}';

/** The first line of what a path points at. */
function pointed(text: string, path: FieldPath, part?: 'key' | 'value'): string | undefined {
  const span = read(text).documents[0]?.locate(path, part);
  return span === undefined ? undefined : text.slice(span.start, span.end).split('\n')[0];
}

describe('a field', () => {
  test.each<[FieldPath, string, string, string]>([
    [['apiVersion'], 'v1', 'apiVersion', 'v1'],
    [['metadata', 'labels', 'app'], '"web"', 'app', '"web"'],
    [['spec', 'selector'], 'selector', 'selector', 'app: web'],
    [['spec', 'ports', 0], 'name: http', 'name: http', 'name: http'],
    [['spec', 'ports', 0, 'port'], '80', 'port', '80'],
    [['spec', 'ports', 1, 'name'], 'https', 'name', 'https'],
    [['spec', 'copy'], 'copy', 'copy', '*base'],
    [['spec', 'copy', 'x'], '1', 'x', '1'],
    [['spec', 'merged', 'x'], '1', 'x', '1'],
    [['spec', 'empty'], 'empty', 'empty', ''],
    [['spec', 'text'], '|', 'text', '|'],
    [['spec', '80'], 'number', '80', 'number'],
  ])('%j', (path, byDefault, key, value) => {
    expect(pointed(YAML, path)).toBe(byDefault);
    expect(pointed(YAML, path, 'key')).toBe(key);
    expect(pointed(YAML, path, 'value')).toBe(value);
  });

  test('in JSON', () => {
    expect(pointed(JSON_TEXT, ['spec', 'ports', 0, 'port'])).toBe('80');
    expect(pointed(JSON_TEXT, ['spec', 'ports', 0, 'port'], 'key')).toBe('"port"');
    expect(pointed(JSON_TEXT, ['spec', 'ports', 1])).toBe('{}');
    expect(pointed(JSON_TEXT, ['spec', 'empty'])).toBe('null');
    expect(pointed(JSON_TEXT, ['spec', 'ports', 2])).toBe('"ports"');
  });

  test('that is not there is its nearest parent', () => {
    expect(pointed(YAML, ['spec', 'ports', 0, 'nodePort'])).toBe('name: http');
    expect(pointed(YAML, ['spec', 'ports', 7, 'port', 'x'])).toBe('ports');
    expect(pointed(YAML, ['status', 'phase'], 'value')).toBe('apiVersion: v1');
    expect(pointed(YAML, ['metadata', 'name', 'x'])).toBe('web');
  });
});

test('line and column are of the file, also behind other documents and Windows line ends', () => {
  const text = '\uFEFFa: 1\r\n---\r\nspec:\r\n  port: 80\r\n';
  const [, document] = read(text).documents;
  if (document === undefined) throw new Error('two documents');
  const at = refTo({ document, path: [] }, 'spec', 'port');
  expect(locate(at)).toEqual({ file: 'a.yaml', line: 4, column: 9, endLine: 4, endColumn: 11 });
  expect(locate(at, 'key')).toMatchObject({ line: 4, column: 3, endColumn: 7 });
  expect(lineText(document.file, 4)).toBe('  port: 80');
});

test('positions and lines of a text', () => {
  const file = { name: 'a', text: 'ab\n\ncd' };
  const positions = [0, 2, 3, 4, 6].map((offset) => positionAt(file, offset));
  expect(positions.map(({ line, column }) => `${line}:${column}`)).toEqual([
    '1:1',
    '1:3',
    '2:1',
    '3:1',
    '3:3',
  ]);
  expect([1, 2, 3, 4].map((line) => lineText(file, line))).toEqual(['ab', '', 'cd', undefined]);
});

test.each<[FieldPath, string]>([
  [['spec', 'ports', 0, 'port'], 'spec.ports[0].port'],
  [['metadata', 'labels', 'app.kubernetes.io/name'], 'metadata.labels[app.kubernetes.io/name]'],
  [[], ''],
])('path %j prints as %s', (path, text) => {
  expect(printPath(path)).toBe(text);
});
