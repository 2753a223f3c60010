/** File patterns, for shells that do not expand them: `*`, `?`, a `**` folder, `{a,b}`. */

import { resolve } from 'node:path';
import type { Entry, Files } from './io.ts';

/** Folders that nobody means: what begins with a dot, and packages. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

/** Does the path hold pattern characters? */
export function isGlob(path: string): boolean {
  return /[*?]|\{[^{}]*,[^{}]*\}/.test(path);
}

/**
 * The existing paths that a pattern fits, in order, spelled as the pattern spells them.
 * @param root the folder that a relative pattern starts from.
 */
export function expandGlob(pattern: string, root: string, files: Files): readonly string[] {
  const found = expandBraces(pattern).flatMap((one) => {
    const isAbsolute = one.startsWith('/');
    const segments = one.split('/').filter((segment) => segment !== '');
    const start = isAbsolute ? '/' : '';
    return matches({ shown: start, segments, root, files, through: [] });
  });
  return [...new Set(found)].sort();
}

/** `a/{b,c}.yaml` as `a/b.yaml` and `a/c.yaml`; braces may nest. */
function expandBraces(pattern: string): readonly string[] {
  const inner = /\{([^{}]*,[^{}]*)\}/.exec(pattern);
  if (inner === null) return [pattern];
  const before = pattern.slice(0, inner.index);
  const after = pattern.slice(inner.index + inner[0].length);
  return (inner[1] ?? '').split(',').flatMap((choice) => expandBraces(before + choice + after));
}

interface Search {
  /** The path so far, as it is returned. */
  readonly shown: string;
  readonly segments: readonly string[];
  readonly root: string;
  readonly files: Files;
  /** Identities of the folders that `**` came through: a link back into one of them is not followed. */
  readonly through: readonly string[];
}

function matches(search: Search): readonly string[] {
  const [segment, ...rest] = search.segments;
  if (segment === undefined) return [search.shown];
  if (segment === '**') return deepMatches(search, rest);
  if (!/[*?]/.test(segment)) return below(search, segment, rest);
  const fits = segmentTest(segment);
  const names = listFolder(search).filter((name) => fits.test(name) && isOpen(name, segment));
  return names.flatMap((name) => below(search, name, rest));
}

/** `**` stands for any number of folders, none included. */
function deepMatches(search: Search, rest: readonly string[]): readonly string[] {
  const here = rest.length === 0 ? [] : matches({ ...search, segments: rest });
  const names = listFolder(search).filter((name) => !isIgnoredFolder(name));
  const deeper = names.flatMap((name) => {
    const shown = search.shown + name;
    const entry = entryAt(search, shown);
    if (entry === 'unreadable') return rest.length === 0 ? [shown] : [];
    if (entry?.kind !== 'folder') return entry !== undefined && rest.length === 0 ? [shown] : [];
    if (search.through.includes(entry.identity)) return [];
    return deepMatches({ ...search, shown: `${shown}/`, through: [...search.through, entry.identity] }, rest);
  });
  return [...here, ...deeper];
}

function below(search: Search, name: string, rest: readonly string[]): readonly string[] {
  const shown = search.shown + name;
  const entry = entryAt(search, shown);
  if (entry === undefined) return [];
  if (rest.length === 0) return [shown];
  if (entry === 'unreadable') return [];
  return entry.kind === 'folder' ? matches({ ...search, shown: `${shown}/`, segments: rest }) : [];
}

function listFolder(search: Search): readonly string[] {
  const folder = resolve(search.root, search.shown);
  return search.files.entry(folder)?.kind === 'folder' ? search.files.list(folder) : [];
}

/** `unreadable`: a name that is there, and leads in a circle, or where nobody may look. */
function entryAt({ files, root }: Search, shown: string): Entry | 'unreadable' | undefined {
  try {
    return files.entry(resolve(root, shown));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return 'unreadable';
  }
}

/** A pattern fits names with a leading dot only if it begins with one, as in a shell. */
function isOpen(name: string, segment: string): boolean {
  return segment.startsWith('.') || !name.startsWith('.');
}

function segmentTest(segment: string): RegExp {
  const source = segment
    .replace(/[.+^$()|[\]{}\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'su');
}
