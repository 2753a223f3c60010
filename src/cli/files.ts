/** Collects the manifest files that a command is about. */

import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { UsageError } from '../query/usage-error.ts';
import type { SourceFile } from '../source/file.ts';
import { expandGlob, isGlob, isIgnoredFolder } from './glob.ts';
import type { Entry, Files } from './io.ts';

/** What a folder is searched for. */
export const MANIFEST_EXTENSIONS = ['.yaml', '.yml', '.json'] as const;
/** V8's longest string, about 512 MiB: a longer text cannot be held in one piece. */
const LARGEST_FILE = 2 ** 29 - 24;
const STDIN = '-';
const DANGLING = 'it is a link to nothing';
const STREAM = 'it is a pipe, socket or device';

export interface FileRequest {
  /** Files, folders, patterns, or `-`; as typed. */
  readonly paths: readonly string[];
  readonly cwd: string;
  readonly files: Files;
  /** The text of standard input, for `-`. */
  readonly stdin?: string;
}

export interface FileCollection {
  /** In the order of the paths, a folder's in the order of their names; no file twice. */
  readonly files: readonly SourceFile[];
  readonly diagnostics: readonly Diagnostic[];
  /** Files with a manifest's extension that were looked at, also those that hold no manifest. */
  readonly seen: number;
}

interface Unreadable {
  readonly name: string;
  readonly why: string;
}

/** The state of a search. */
interface Search {
  readonly request: FileRequest;
  readonly found: SourceFile[];
  readonly known: Set<string>;
  /** Chart.yaml files whose templates are left out. */
  readonly charts: SourceFile[];
  /** Files with the name of a manifest that are no text. */
  readonly binaries: SourceFile[];
  /** What was found in a folder and cannot be read. */
  readonly unreadable: Unreadable[];
  seen: number;
}

/**
 * Reads the files. Folders are searched for manifests; hidden folders, packages and Helm templates are
 * left out, and so are files without an apiVersion and k8snet's own.
 * @throws UsageError for a path that is not there or cannot be read.
 */
export function collectFiles(request: FileRequest): FileCollection {
  const search: Search = {
    request,
    found: [],
    known: new Set(),
    charts: [],
    binaries: [],
    unreadable: [],
    seen: 0,
  };
  for (const path of request.paths) addPath(search, path);
  const diagnostics = [
    ...helmNote(search.charts),
    ...search.binaries.map(binaryNote),
    ...search.unreadable.map(unreadableNote),
  ];
  return { files: search.found, diagnostics, seen: search.seen };
}

/** A file by its name; undefined if there is none. @throws UsageError if it cannot be read. */
export function readSourceFile(
  path: string,
  { cwd, files }: Pick<FileRequest, 'cwd' | 'files'>,
): SourceFile | undefined {
  const full = resolve(cwd, path);
  if (guarded(path, () => files.entry(full)) === undefined) return undefined;
  return { name: displayName(full, cwd), text: guarded(path, () => files.read(full)) };
}

function addPath(search: Search, path: string): void {
  const { cwd, files, stdin } = search.request;
  if (path === STDIN) {
    search.seen += 1;
    keep(search, { name: '<stdin>', text: stdin ?? '' });
    return;
  }
  const full = resolve(cwd, path);
  const entry = guarded(path, () => files.entry(full));
  if (entry !== undefined) addEntry(search, full, entry);
  else if (isGlob(path)) addPattern(search, path);
  else throw new UsageError(`no such file or folder: ${path}`);
}

function addPattern(search: Search, pattern: string): void {
  const { cwd, files } = search.request;
  const paths = guarded(pattern, () => expandGlob(pattern, cwd, files));
  if (paths.length === 0) throw new UsageError(`no file fits ${pattern}`);
  const isExact = /\.\w+$/.test(pattern);
  for (const path of paths) {
    const full = resolve(cwd, path);
    const found = attempt(() => files.entry(full));
    if (found.value?.kind === 'folder') addFolder(search, full, []);
    else if (isExact || isManifestName(path)) addFound(search, full, found);
  }
}

/** A path that was named: a file is read whatever its name. */
function addEntry(search: Search, full: string, entry: Entry): void {
  if (entry.kind === 'folder') addFolder(search, full, []);
  else {
    const error = addFile(search, full, entry);
    if (error !== undefined)
      throw new UsageError(`cannot read ${displayName(full, search.request.cwd)}: ${error}`);
  }
}

/** @param through identities of the folders above, so that a link back into one is not followed. */
function addFolder(search: Search, folder: string, through: readonly string[]): void {
  const { files, cwd } = search.request;
  const name = displayName(folder, cwd);
  const identity = guarded(name, () => files.entry(folder))?.identity;
  if (identity === undefined || through.includes(identity)) return;
  if (isHelmTemplates(search, folder)) return;
  const children = attempt(() => files.list(folder));
  if (children.error !== undefined) {
    if (through.length === 0) throw new UsageError(`cannot read ${name}: ${children.error}`);
    search.unreadable.push({ name, why: children.error });
  }
  for (const child of children.value ?? []) addChild(search, join(folder, child), [...through, identity]);
}

function addChild(search: Search, full: string, through: readonly string[]): void {
  const name = basename(full);
  if (name.startsWith('.#')) return; // an editor's lock: a link to nowhere
  const found = attempt(() => search.request.files.entry(full));
  if (found.value?.kind === 'folder') {
    if (!isIgnoredFolder(name)) addFolder(search, full, through);
  } else if (isManifestName(name) && name !== 'Chart.yaml') addFound(search, full, found);
}

/** A file that a folder or a pattern shows: if it cannot be read, that is told, and the rest is used. */
function addFound(search: Search, full: string, { value: entry, error }: Attempt<Entry | undefined>): void {
  const isFile = error === undefined && entry?.kind === 'file';
  const why = isFile ? addFile(search, full, entry) : (error ?? (entry === undefined ? DANGLING : STREAM));
  if (why === undefined) return;
  search.unreadable.push({ name: displayName(full, search.request.cwd), why });
}

function isManifestName(path: string): boolean {
  return MANIFEST_EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension));
}

/** Templates of a Helm chart are programs that write manifests; the chart is remembered for the note. */
function isHelmTemplates(search: Search, folder: string): boolean {
  if (basename(folder) !== 'templates') return false;
  const chart = readSourceFile(join(dirname(folder), 'Chart.yaml'), search.request);
  if (chart === undefined) return false;
  search.charts.push(chart);
  return true;
}

/** @returns why the file cannot be read; undefined: it is. */
function addFile(search: Search, full: string, entry: Entry): string | undefined {
  if (search.known.has(entry.identity)) return undefined;
  search.known.add(entry.identity);
  search.seen += 1;
  const name = displayName(full, search.request.cwd);
  if (entry.size > LARGEST_FILE) throw new UsageError(`${name} is larger than 512 MiB; split it`);
  const { value: text, error } = attempt(() => search.request.files.read(full));
  if (text !== undefined) keep(search, { name, text });
  return error;
}

function keep(search: Search, file: SourceFile): void {
  if (file.text.includes('\0')) search.binaries.push({ ...file, text: '' });
  else if (mayHoldManifests(file.text)) search.found.push(file);
}

/** YAML has no NUL character (YAML 1.2.2, 5.1). */
function binaryNote(file: SourceFile): Diagnostic {
  return {
    code: 'not-text',
    severity: 'error',
    text: `${file.name} is no text: it has NUL bytes`,
    sources: [{ at: { file, span: { start: 0, end: 0 } }, role: 'primary' }],
  };
}

/** Somebody named the folder, not the file: the rest of the folder is read. */
function unreadableNote({ name, why }: Unreadable): Diagnostic {
  return {
    code: 'file-unreadable',
    severity: 'error',
    text: `cannot read ${name}: ${why}; it is left out`,
    sources: [{ at: { file: { name, text: '' }, span: { start: 0, end: 0 } }, role: 'primary' }],
  };
}

/** Is there an apiVersion that is not k8snet's own (a profile or a test)? */
function mayHoldManifests(text: string): boolean {
  if (!text.includes('apiVersion')) return false;
  if (!text.includes('k8snet.dev/')) return true;
  const versions = [...text.matchAll(/^\s*["']?apiVersion["']?\s*:\s*["']?([^\s"',}]*)/gm)];
  return versions.length === 0 || versions.some(([, version = '']) => !version.startsWith('k8snet.dev/'));
}

/** Relative to the current folder, with `/`; devices (`/dev/fd/63`) keep their own name. */
function displayName(full: string, cwd: string): string {
  if (full.startsWith('/dev/') || full.startsWith('/proc/')) return full;
  return relative(cwd, full).split(sep).join('/') || '.';
}

function guarded<Value>(path: string, read: () => Value): Value {
  const { error, value } = attempt(read);
  if (error !== undefined) throw new UsageError(`cannot read ${path}: ${error}`);
  return value as Value;
}

interface Attempt<Value> {
  readonly value?: Value;
  readonly error?: string;
}

/** What the reading gives, or in words why the platform refuses it. */
function attempt<Value>(read: () => Value): Attempt<Value> {
  try {
    return { value: read() };
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (code === undefined) throw error;
    return { error: READ_ERRORS[code] ?? code };
  }
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOTDIR: 'a part of the path is no folder',
  ELOOP: 'its links go round in circles',
  ENAMETOOLONG: 'the name is too long',
  ENOENT: 'it is gone',
  EISDIR: 'it is a folder',
  ERR_FS_FILE_TOO_LARGE: 'it is larger than 2 GiB',
  ERR_STRING_TOO_LONG: 'it is larger than 512 MiB',
};

function helmNote(charts: readonly SourceFile[]): readonly Diagnostic[] {
  const [first] = charts;
  if (first === undefined) return [];
  const chart = dirname(first.name);
  return [
    {
      code: 'helm-templates',
      severity: 'info',
      text: 'Helm templates are left out: they are not manifests yet',
      sources: charts.map((file) => ({ at: { file, span: { start: 0, end: 0 } }, role: 'context' as const })),
      help: [{ text: `render them first: helm template ${chart} | k8snet … -f -`, applicability: 'likely' }],
    },
  ];
}
