/** What docs/architecture.md and CONTRIBUTING.md say of the tree. */

import { readdirSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, test } from 'vitest';
import type { Layers } from '../scripts/biome-config.ts';

const FOLDERS = ['.ci', 'bench', 'docs', 'fixtures', 'schema', 'scripts', 'src', 'test'];
/** With `dist`, which the build makes. */
const paths = ['dist', ...FOLDERS, ...FOLDERS.flatMap(pathsUnder)];

/** A path of the repository in backticks; `<name>` and `*` stand for any name. */
const PATH = /`([\w.-]+\/[\w./<>*-]*)`/g;

test.each(['docs/architecture.md', 'CONTRIBUTING.md'])('%s names what exists', (page) => {
  const named = [...readFileSync(page, 'utf8').matchAll(PATH)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((path) => !paths.some((each) => endOf(path).test(each)))).toEqual([]);
});

test('the architecture page has every folder of src', () => {
  const text = readFileSync('docs/architecture.md', 'utf8');
  const { layers } = JSON.parse(readFileSync('layers.json', 'utf8')) as Layers;
  const rows = [...text.matchAll(/^\| (\w+) \|.*\|.*\|.*\|$/gm)].map(([, folder]) => folder);
  expect(rows.filter((folder) => folder !== 'folder')).toEqual(layers.map(({ folder }) => folder));
  const rooms = foldersUnder('src').filter((folder) => folder.split('/').length === 3);
  expect(rooms.filter((folder) => !text.includes(`\`${folder.slice('src/'.length)}/\``))).toEqual([]);
});

/** Pages leave out the folders that go without saying: `cluster/facts/`. */
function endOf(path: string): RegExp {
  const parts = path.replace(/\/$/, '').split(/<\w+>|\*/);
  return new RegExp(`(^|/)${parts.map((part) => part.replaceAll('.', '\\.')).join('[^/]+')}$`);
}

/** Files and folders, with `/`. */
function pathsUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    `${folder}/${name}`.replaceAll('\\', '/'),
  );
}

function foldersUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => relative('.', `${entry.parentPath}/${entry.name}`).replaceAll('\\', '/'))
    .sort();
}
