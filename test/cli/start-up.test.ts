/** What `--help` pays for: the modules that are loaded before a command is known to be asked for. */

import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';

/** Files and packages that a file imports for their values, not for types, before it runs. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gm)].map(
    (match) => match[1] ?? '',
  );
}

function loadedBy(entry: string): Set<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    if (!file.endsWith('.ts')) continue;
    for (const to of importsOf(file))
      loaded.add(to.startsWith('.') ? posix.join(posix.dirname(file), to) : to);
  }
  return loaded;
}

test('the entry loads commander, and no analysis, YAML, colour or tables', () => {
  const loaded = [...loadedBy('src/cli/main.ts')];
  expect(loaded).toContain('commander');
  const packages = loaded.filter((name) => !name.startsWith('src/') && !name.startsWith('node:'));
  expect(packages).toEqual(['commander']);
  const folders = new Set(loaded.filter((name) => name.startsWith('src/')).map((name) => name.split('/')[1]));
  expect([...folders].sort()).toEqual(['cli', 'collections', 'query', 'source']);
  const heavy = /snapshot|read-profile|yaml|dataplane|cluster|control|k8s|render\/text|query\/trace/;
  expect(loaded.filter((name) => heavy.test(name))).toEqual([]);
});
