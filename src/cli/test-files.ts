/** Finds files of assertions: those that are named, else every `*.k8snet.yaml` below a folder. */

import { basename, join, relative, resolve, sep } from 'node:path';
import { UsageError } from '../query/usage-error.ts';
import type { SourceFile } from '../source/file.ts';
import { readSourceFile } from './files.ts';
import { isIgnoredFolder } from './glob.ts';
import type { Io } from './io.ts';

const TEST_NAME = /\.k8snet\.ya?ml$/i;

/**
 * The test files, in the order of the paths, a folder's in the order of their names.
 * @param paths files, whatever their names, and folders.
 * @throws UsageError for a path that is not there, and where a folder holds no test file.
 */
export function collectTestFiles(
  io: Pick<Io, 'cwd' | 'files'>,
  paths: readonly string[],
): readonly SourceFile[] {
  const names = new Set(paths.flatMap((path) => filesAt(io, path)));
  return [...names].map((name) => {
    const file = readSourceFile(name, io);
    if (file === undefined) throw new UsageError(`no such test file: ${name}`);
    return file;
  });
}

function filesAt({ cwd, files }: Pick<Io, 'cwd' | 'files'>, path: string): readonly string[] {
  const full = resolve(cwd, path);
  const entry = files.entry(full);
  if (entry === undefined) throw new UsageError(`no such test file or folder: ${path}`);
  if (entry.kind !== 'folder') return [path];
  const found = [...testsIn({ cwd, files }, full, new Set())];
  if (found.length > 0) return found.map((one) => relative(cwd, one).split(sep).join('/'));
  throw new UsageError(`no *.k8snet.yaml in ${path}: name a test file, or write one (k8snet test --record)`);
}

/** @param through identities of the folders above, so that a link back into one is not followed. */
function* testsIn(
  io: Pick<Io, 'cwd' | 'files'>,
  folder: string,
  through: ReadonlySet<string>,
): Generator<string> {
  const own = io.files.entry(folder);
  if (own === undefined || through.has(own.identity)) return;
  for (const name of io.files.list(folder)) {
    const child = join(folder, name);
    const entry = io.files.entry(child);
    if (entry?.kind === 'folder') {
      if (!isIgnoredFolder(basename(child))) yield* testsIn(io, child, new Set([...through, own.identity]));
    } else if (entry !== undefined && TEST_NAME.test(name)) yield child;
  }
}
