import { expect, test } from 'vitest';
import { frameLines } from '../../src/render/text/frame.ts';
import { pageOf } from '../../src/render/text/page.ts';
import { view } from './answers.ts';

/** The frame of a place in a text, as lines of plain text. */
function frame(
  text: string,
  place: { line: number; column: number; endLine?: number; endColumn: number },
  label = 'here',
): string[] {
  const lines = text.split('\n');
  const location = { file: 'x.yaml', endLine: place.line, ...place };
  const excerpt = { location, label, readLine: (line: number) => lines[line - 1] };
  return frameLines(excerpt, pageOf(view())).map((line) => line.map((span) => span.text).join(''));
}

test('two lines above, one below, carets under the place', () => {
  expect(frame('a:\n  b:\n    c:\n      d: 1\n    e: 2\n', { line: 4, column: 10, endColumn: 11 })).toEqual([
    '    2 │   b:',
    '    3 │     c:',
    '    4 │       d: 1',
    '      │          ^ here',
    '    5 │     e: 2',
  ]);
});

test('top-level lines around the place are left out, but not the place itself', () => {
  expect(frame('kind: Pod\nspec:\n  a: 1\n---\n', { line: 3, column: 3, endColumn: 4 })).toEqual([
    '    3 │   a: 1',
    '      │   ^ here',
  ]);
  expect(frame('kind: Pod\nspec:\n', { line: 1, column: 7, endColumn: 10 })).toEqual([
    '    1 │ kind: Pod',
    '      │       ^^^ here',
  ]);
});

test('a place of several lines is marked to the end of its first', () => {
  expect(frame('  a: [1,\n    2]\n', { line: 1, column: 6, endLine: 2, endColumn: 7 })).toEqual([
    '    1 │   a: [1,',
    '      │      ^^^ here',
    '    2 │     2]',
  ]);
});

test('an empty place still has a caret, also behind the end of a line', () => {
  expect(frame('  a:', { line: 1, column: 5, endColumn: 5 })).toEqual(['    1 │   a:', '      │     ^ here']);
});

test('tabs and wide characters do not move the carets', () => {
  expect(frame('\tname: "日本", x: 1', { line: 1, column: 14, endColumn: 15 })).toEqual([
    '    1 │     name: "日本", x: 1',
    '      │                   ^ here',
  ]);
});

test('a line that is much too long is shown around the place', () => {
  const text = `  {${'"k":1,'.repeat(100)}"bad":70000,${'"z":2,'.repeat(100)}}`;
  const column = text.indexOf('70000') + 1;
  const lines = frame(text, { line: 1, column, endColumn: column + 5 });
  expect(lines).toHaveLength(2);
  const [source = '', carets = ''] = lines;
  expect(source.length).toBeLessThanOrEqual(80);
  expect(source).toMatch(/^ {4}1 │ ….*…$/);
  expect(source.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('70000');
});

test('a label that does not fit beside the carets goes under them', () => {
  const text = `  selector: {app: ${'x'.repeat(40)}}`;
  const label = 'the closest pod has app=y and is in another namespace of this cluster';
  const lines = frame(text, { line: 1, column: 14, endColumn: 58 }, label);
  expect(lines.slice(1)).toEqual([
    `      │              ${'^'.repeat(44)}`,
    '      │              the closest pod has app=y and is in another namespace of',
    '      │              this cluster',
  ]);
});

test('line numbers of four and more digits', () => {
  const lines = Array.from({ length: 12_345 }, () => '  x: 1').join('\n');
  expect(frame(lines, { line: 12_344, column: 3, endColumn: 4 }).slice(2, 4)).toEqual([
    '12344 │   x: 1',
    '      │   ^ here',
  ]);
});

test('a file that cannot be read has no frame', () => {
  expect(frame('', { line: 7, column: 1, endColumn: 2 })).toEqual([]);
});
