/** The house rules that a machine can keep: who imports whom, one place for each list, sizes. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { biomeConfig, type Layers } from '../scripts/biome-config.ts';
import { DISPOSITIONS } from '../src/trace/disposition.ts';

const layers = JSON.parse(readFileSync('layers.json', 'utf8')) as Layers;
const folders = layers.layers.map((layer) => layer.folder);
const sources = new Map(filesUnder('src').map((file) => [file, readFileSync(file, 'utf8')]));

describe('layers.json', () => {
  test('lists the folders of src', () => {
    const found = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.toSorted()).toEqual(found.map((entry) => entry.name).sort());
  });

  test.each(layers.layers)('$folder imports only from folders before it', ({ folder, imports }) => {
    const before = folders.slice(0, folders.indexOf(folder));
    expect(imports.filter((name) => !before.includes(name))).toEqual([]);
  });

  test('gives every npm package of the product its one module', () => {
    const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: object };
    expect(Object.keys(layers.packages).sort()).toEqual(Object.keys(dependencies).sort());
    const importers = Object.keys(layers.packages).map((name) => [
      name,
      [...sources.keys()].filter((file) =>
        importsOf(file).some((to) => to === name || to.startsWith(`${name}/`)),
      ),
    ]);
    expect(Object.fromEntries(importers)).toEqual(
      Object.fromEntries(Object.entries(layers.packages).map(([name, file]) => [name, [file]])),
    );
  });

  test('is what biome.json is made from (npm run layers)', () => {
    expect(JSON.parse(readFileSync('biome.json', 'utf8'))).toEqual(biomeConfig(layers));
  });
});

describe('Biome', () => {
  test('flags exactly the imports that layers.json does not allow', () => {
    const probes = importProbes();
    const flagged = lint(filesOf(probes), 'lint/style/noRestrictedImports');
    const forbidden = probes.filter((probe) => !probe.allowed).map(({ file, line }) => `${file}:${line}`);
    expect(forbidden.length).toBeGreaterThan(100);
    expect(flagged.sort()).toEqual(forbidden.sort());
  });

  test('flags cycles, also of types', () => {
    const files = {
      'src/net/a.ts': "import type { B } from './b.ts';\nexport type A = B | 1;\n",
      'src/net/b.ts': "import type { A } from './a.ts';\nexport type B = A | 2;\n",
    };
    expect(lint(files, 'lint/suspicious/noImportCycles')).toEqual(['src/net/a.ts:1', 'src/net/b.ts:1']);
  });

  test('keeps the platform in cli', () => {
    const text = "import { readFileSync } from 'node:fs';\nexport const at = [process.argv, readFileSync];\n";
    const files = {
      'src/render/a.ts': text,
      'src/query/deep/a.ts': text,
      'src/cli/a.ts': text,
      'src/index.ts': text,
    };
    const outside = ['src/index.ts', 'src/query/deep/a.ts', 'src/render/a.ts'];
    expect(lint(files, 'lint/correctness/noNodejsModules')).toEqual(outside.map((file) => `${file}:1`));
    expect(lint(files, 'lint/correctness/noProcessGlobal')).toEqual(outside.map((file) => `${file}:2`));
  });
});

describe('lists', () => {
  test.each([
    { folder: 'src/k8s/kinds', list: 'src/k8s/kinds.ts' },
    { folder: 'src/policy/sources', list: 'src/policy/compile.ts' },
    { folder: 'src/dataplane/proxy', list: 'src/dataplane/proxies.ts' },
    { folder: 'src/dataplane/cni', list: 'src/dataplane/cnis.ts' },
    { folder: 'src/dataplane/pod-link', list: 'src/dataplane/cnis.ts' },
    { folder: 'src/dataplane/fabric', list: 'src/dataplane/cnis.ts' },
    { folder: 'src/checks/rules', list: 'src/checks/rules.ts' },
    { folder: 'src/dataplane/egress-nat', list: 'src/dataplane/cnis.ts' },
  ])('$list reaches every file of $folder', ({ folder, list }) => {
    const reached = reachableFrom(list);
    const files = [...sources.keys()].filter((file) => file.startsWith(`${folder}/`));
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !reached.has(file))).toEqual([]);
  });
});

test.each(DISPOSITIONS)('docs/dispositions.md says when %s is given', (disposition) => {
  expect(readFileSync('docs/dispositions.md', 'utf8')).toContain(`\n| ${disposition} |`);
});

test('types are imported at the top of a file, where the layer rules see them', () => {
  const inline = [...sources].filter(([, text]) => /\bimport\(['"][^'"]+['"]\)\.(?!then\b)/.test(text));
  expect(inline.map(([file]) => file)).toEqual([]);
});

test('no file has more than 400 lines', () => {
  const files = ['src', 'test', 'scripts', 'bench'].flatMap(filesUnder);
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 401);
  expect(long).toEqual([]);
});

/** The TypeScript files of a folder, with `/`, in order. */
function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .sort();
}

/** What a file of src imports or re-exports, as written. */
function importsOf(file: string): string[] {
  const text = sources.get(file) ?? '';
  return [...text.matchAll(/(?:\bfrom|\bimport) ?\(?['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
}

function reachableFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const to of importsOf(file).filter((name) => name.startsWith('.'))) {
      reached.add(posix.join(posix.dirname(file), to));
    }
  }
  return reached;
}

interface ImportProbe {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  readonly allowed: boolean;
}

/** Files that try every import between folders, at two depths, and every package, from everywhere. */
function importProbes(): ImportProbe[] {
  const files = [
    ...folders.flatMap((folder) => [`src/${folder}/probe.ts`, `src/${folder}/deep/probe.ts`]),
    ...Object.values(layers.packages),
    'src/index.ts',
  ];
  return files.flatMap((file) => {
    const [, folder = '', ...below] = file.split('/');
    const up = below.length === 0 ? './' : '../'.repeat(below.length);
    const layer = layers.layers.find((one) => one.folder === folder);
    const mayImport = (to: string): boolean =>
      layer === undefined ? to !== 'cli' : to === folder || layer.imports.includes(to);
    const inside = folders.map((to) => ({
      text: `import type { ${to} } from '${up}${to}/probe.ts';`,
      allowed: mayImport(to),
    }));
    const api = { text: `import { api } from '${up}index.ts';`, allowed: layer === undefined };
    const packages = Object.entries(layers.packages).flatMap(([name, owner]) =>
      [name, `${name}/part`].map((to) => ({ text: `import '${to}';`, allowed: owner === file })),
    );
    return [...inside, ...(layer === undefined ? [] : [api]), ...packages].map((probe, index) => ({
      ...probe,
      file,
      line: index + 1,
    }));
  });
}

function filesOf(probes: readonly ImportProbe[]): Record<string, string> {
  const files: Record<string, string> = {};
  for (const { file, text } of probes) files[file] = `${files[file] ?? ''}${text}\n`;
  return files;
}

interface BiomeReport {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

/** Lints files that never were, under our configuration: `file:line` of each finding of one rule. */
function lint(files: Readonly<Record<string, string>>, rule: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'k8snet-house-'));
  try {
    writeFileSync(join(folder, 'biome.json'), readFileSync('biome.json'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    const biome = join(process.cwd(), 'node_modules', '.bin', 'biome');
    const options = ['lint', '--reporter=json', '--max-diagnostics=none'];
    const { stdout } = spawnSync(biome, options, { cwd: folder, encoding: 'utf8', maxBuffer: 64e6 });
    const report = JSON.parse(stdout) as BiomeReport;
    const found = report.diagnostics.filter((diagnostic) => diagnostic.category === rule);
    return found.map(({ location }) => `${location.path}:${location.start.line}`).sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
