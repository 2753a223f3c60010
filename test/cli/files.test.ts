import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectFiles, readSourceFile } from '../../src/cli/files.ts';
import { diskFiles } from '../../src/cli/io.ts';
import { locate } from '../../src/source/ref.ts';
import { folderWith } from './fake-io.ts';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n';

function collect(cwd: string, paths: readonly string[], stdin?: string) {
  return collectFiles({ paths, cwd, files: diskFiles, ...(stdin === undefined ? {} : { stdin }) });
}

function names(cwd: string, ...paths: readonly string[]): string[] {
  return collect(cwd, paths).files.map((file) => file.name);
}

test('a folder: manifests of every extension, in order, without what nobody means', () => {
  const cwd = folderWith({
    'b.yaml': POD,
    'a.yml': POD,
    'sub/c.json': '{"apiVersion":"v1","kind":"Pod"}',
    'sub/D.YAML': POD,
    'notes.md': POD,
    '.git/x.yaml': POD,
    '.github/w.yaml': POD,
    'node_modules/p/x.yaml': POD,
    'values.yaml': 'replicas: 2\n',
    'k8snet.yaml': 'apiVersion: k8snet.dev/v1\nkind: Profile\n',
    'tests/t.yaml': '# a test\napiVersion: "k8snet.dev/v1"\nkind: Test\n',
    'Chart.yaml': 'apiVersion: v2\nname: x\n',
  });
  expect(names(cwd, '.')).toEqual(['a.yml', 'b.yaml', 'sub/D.YAML', 'sub/c.json']);
  expect(collect(cwd, ['.']).seen).toBe(7);
});

test('paths in their order, no file twice, names relative to the folder', () => {
  const cwd = folderWith({ 'k8s/a.yaml': POD, 'k8s/b.yaml': POD, 'other/c.txt': POD });
  expect(names(cwd, 'k8s/b.yaml', 'k8s', './k8s/../other/c.txt')).toEqual([
    'k8s/b.yaml',
    'k8s/a.yaml',
    'other/c.txt',
  ]);
  expect(names(join(cwd, 'k8s'), '..', join(cwd, 'k8s'))).toEqual(['a.yaml', 'b.yaml']);
  expect(names(join(cwd, 'other'), '../k8s')).toEqual(['../k8s/a.yaml', '../k8s/b.yaml']);
});

test('a manifest that only mentions k8snet is read, and so is a profile beside one', () => {
  const cwd = folderWith({
    'a.yaml': `${POD}  annotations: {k8snet.dev/x: y}\n`,
    'b.json': '{"apiVersion":"v1","metadata":{"annotations":{"k8snet.dev/x":"y"}}}',
    'c.yaml': `apiVersion: k8snet.dev/v1\nkind: Profile\n---\n${POD}`,
  });
  expect(names(cwd, '.')).toEqual(['a.yaml', 'b.json', 'c.yaml']);
});

test('links are followed, but not in circles', () => {
  const cwd = folderWith({ 'k8s/a.yaml': POD, 'far/b.yaml': POD });
  symlinkSync('..', join(cwd, 'k8s/up'));
  symlinkSync('../far', join(cwd, 'k8s/far'));
  expect(names(cwd, 'k8s')).toEqual(['k8s/a.yaml', 'k8s/far/b.yaml']);
  expect(names(cwd, '**/*.yaml').toSorted()).toEqual(['far/b.yaml', 'k8s/a.yaml']);
});

test('a link to nothing is told and left out, an editor lock without a word', () => {
  const cwd = folderWith({ 'a.yaml': POD });
  symlinkSync('me@host:1', join(cwd, '.#a.yaml'));
  expect(names(cwd, '.')).toEqual(['a.yaml']);
  symlinkSync('gone.yaml', join(cwd, 'b.yaml'));
  const { files, diagnostics } = collect(cwd, ['.']);
  expect(files.map(({ name }) => name)).toEqual(['a.yaml']);
  expect(diagnostics.map(({ code, text }) => [code, text])).toEqual([
    ['file-unreadable', 'cannot read b.yaml: it is a link to nothing; it is left out'],
  ]);
});

test('Helm templates are left out with one note, also when they are named', () => {
  const files = {
    'charts/api/Chart.yaml': 'apiVersion: v2\nname: api\n',
    'charts/api/templates/deploy.yaml': `${POD}{{- if .Values.x }}\n`,
    'charts/api/crds/x.yaml': POD,
    'charts/web/Chart.yaml': 'apiVersion: v2\nname: web\n',
    'charts/web/templates/a.yaml': POD,
    'templates/plain.yaml': POD,
  };
  const cwd = folderWith(files);
  const all = collect(cwd, ['.']);
  expect(all.files.map((file) => file.name)).toEqual(['charts/api/crds/x.yaml', 'templates/plain.yaml']);
  expect(all.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([['helm-templates', 'info']]);
  expect(all.diagnostics[0]?.sources.map(({ at }) => locate(at).file)).toEqual([
    'charts/api/Chart.yaml',
    'charts/web/Chart.yaml',
  ]);
  expect(collect(cwd, ['charts/web/templates']).diagnostics).toHaveLength(1);
  expect(names(cwd, 'charts/web/templates/a.yaml')).toEqual(['charts/web/templates/a.yaml']);
});

test('standard input', () => {
  const cwd = folderWith({ 'a.yaml': POD });
  expect(collect(cwd, ['-', 'a.yaml'], POD).files).toEqual([
    { name: '<stdin>', text: POD },
    { name: 'a.yaml', text: POD },
  ]);
});

test.each([
  { path: 'gone.yaml', error: 'no such file or folder: gone.yaml' },
  { path: 'a.yaml/b.yaml', error: 'cannot read a.yaml/b.yaml: a part of the path is no folder' },
  { path: 'k8s/*.yaml', error: 'no file fits k8s/*.yaml' },
  { path: `${'x'.repeat(300)}.yaml`, error: 'the name is too long' },
])('$error', ({ path, error }) => {
  const cwd = folderWith({ 'a.yaml': POD });
  expect(() => collect(cwd, [path])).toThrow(error);
});

test('a file that may not be read, and one that is too large, say so', () => {
  const cwd = folderWith({ 'a.yaml': POD });
  const entry = (size: number) => ({ kind: 'file', size, identity: '1' }) as const;
  const denied = () => {
    throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  };
  const locked = { ...diskFiles, read: denied };
  expect(() => collectFiles({ paths: ['a.yaml'], cwd, files: locked })).toThrow(
    'cannot read a.yaml: permission denied',
  );
  const huge = { ...diskFiles, entry: () => entry(2 ** 30) };
  expect(() => collectFiles({ paths: ['a.yaml'], cwd, files: huge })).toThrow(
    'a.yaml is larger than 512 MiB',
  );
});

test('a broken program is not taken for a broken file', () => {
  const broken = {
    ...diskFiles,
    read: () => {
      throw new TypeError('oops');
    },
  };
  const cwd = folderWith({ 'a.yaml': POD });
  expect(() => collectFiles({ paths: ['a.yaml'], cwd, files: broken })).toThrow(TypeError);
});

test('one file by its name', () => {
  const cwd = folderWith({ 'sub/p.yaml': 'x: 1\n' });
  expect(readSourceFile('sub/p.yaml', { cwd, files: diskFiles })).toEqual({
    name: 'sub/p.yaml',
    text: 'x: 1\n',
  });
  expect(readSourceFile('p.yaml', { cwd, files: diskFiles })).toBeUndefined();
});

test.each([
  { pattern: '*.yaml', found: ['a.yaml'] },
  { pattern: 'k8s/*', found: ['k8s/b.yaml', 'k8s/deep/c.yml', 'k8s/deep/d.yaml'] },
  { pattern: 'k8s/*.md', found: ['k8s/read.md'] },
  { pattern: '**/*.yaml', found: ['a.yaml', 'k8s/b.yaml', 'k8s/deep/d.yaml'] },
  { pattern: 'k8s/**', found: ['k8s/b.yaml', 'k8s/deep/c.yml', 'k8s/deep/d.yaml'] },
  { pattern: '**/deep', found: ['k8s/deep/c.yml', 'k8s/deep/d.yaml'] },
  { pattern: 'k8s/{b.yaml,deep/{c,d}.y*ml}', found: ['k8s/b.yaml', 'k8s/deep/c.yml', 'k8s/deep/d.yaml'] },
  { pattern: 'k8s/deep/?.yml', found: ['k8s/deep/c.yml'] },
  { pattern: '.hidden/*.yaml', found: ['.hidden/e.yaml'] },
  { pattern: '*/e.yaml', found: undefined },
  { pattern: 'k8s/*.y+ml', found: undefined },
])('pattern $pattern', ({ pattern, found }) => {
  const cwd = folderWith({
    'a.yaml': POD,
    'k8s/b.yaml': POD,
    'k8s/read.md': POD,
    'k8s/deep/c.yml': POD,
    'k8s/deep/d.yaml': POD,
    '.hidden/e.yaml': POD,
  });
  if (found === undefined) expect(() => names(cwd, pattern)).toThrow(`no file fits ${pattern}`);
  else expect(names(cwd, pattern)).toEqual(found);
  if (found !== undefined) expect(names('/', join(cwd, pattern))).toHaveLength(found.length);
});

test('a file whose name looks like a pattern is that file', () => {
  const cwd = folderWith({ 'a{1,2}*.yaml': POD, 'a1.yaml': POD });
  expect(names(cwd, 'a{1,2}*.yaml')).toEqual(['a{1,2}*.yaml']);
});
