/** The two inputs of a comparison: folders or files, or a git range. */

import { resolve } from 'node:path';
import type { DiffSide } from '../query/diff/diff-answer.ts';
import { UsageError } from '../query/usage-error.ts';
import { readRange } from './git.ts';
import { type Input, readInput } from './input.ts';
import type { Io } from './io.ts';
import type { InputOptions } from './options.ts';
import { revisionFiles, withDiskFile } from './revision-files.ts';

export interface DiffInputs {
  readonly old: Input;
  readonly new: Input;
  /** What the sides are called. */
  readonly names: Readonly<Record<DiffSide, string>>;
}

const PROFILE_NAME = 'k8snet.yaml';

/**
 * Reads both inputs: two paths, or with one argument (or `-f`) revisions.
 * @throws UsageError for a path or revision that is not there.
 */
export async function readDiffInputs(
  io: Io,
  [first = '', second]: readonly (string | undefined)[],
  options: InputOptions,
): Promise<DiffInputs> {
  if (second !== undefined && options.filename === undefined)
    return await pathInputs(io, { old: first, new: second }, options);
  const text = second === undefined ? first : `${first}..${second}`;
  return await revisionInputs(io, text, options);
}

/** A folder's own profile wins over the one of the current folder. */
async function pathInputs(
  io: Io,
  paths: Readonly<Record<DiffSide, string>>,
  options: InputOptions,
): Promise<DiffInputs> {
  if (paths.old === '-' && paths.new === '-') throw new UsageError('only one side can be standard input');
  const inputOf = async (path: string): Promise<Input> => {
    refuseMissing(io, path);
    const own = `${path}/${PROFILE_NAME}`;
    const hasOwn = options.profile === undefined && path !== '-' && isFile(io, own);
    return await readInput(io, { ...options, filename: [path], ...(hasOwn ? { profile: own } : {}) });
  };
  return { old: await inputOf(paths.old), new: await inputOf(paths.new), names: paths };
}

function isFile({ cwd, files }: Io, path: string): boolean {
  const full = resolve(cwd, path);
  try {
    return files.entry(full)?.kind === 'file';
  } catch {
    return false;
  }
}

/** Says how revisions are written where somebody names one in the place of a folder. */
function refuseMissing(io: Io, path: string): void {
  if (path === '-' || /[*?{]/.test(path) || io.files.entry(resolve(io.cwd, path)) !== undefined) return;
  const isRevision = io.run('git', [
    '-C',
    io.cwd,
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${path}^{commit}`,
  ]);
  const hint =
    isRevision.kind === 'done' && isRevision.status === 0
      ? ` (a revision is asked with: ${path}..HEAD -f PATH)`
      : '';
  throw new UsageError(`no such file or folder: ${path}${hint}`);
}

async function revisionInputs(io: Io, text: string, options: InputOptions): Promise<DiffInputs> {
  const range = readRange(io, text);
  const old = atRevision(io, range.old, options);
  const fresh = range.new === undefined ? io : atRevision(io, range.new, options);
  const [, oldName = text, , newName = ''] = /^(.*?)(\.{2,3})(.*)$/.exec(text) ?? [];
  return {
    old: await inputAt(old, fresh, options),
    new: await inputAt(fresh, old, options),
    names: {
      old: oldName === '' ? 'HEAD' : oldName,
      new: range.new === undefined ? 'working tree' : newName === '' ? 'HEAD' : newName,
    },
  };
}

/** A profile that is named is the one on disk, on both sides. */
function atRevision(io: Io, commit: string, { profile }: InputOptions): Io {
  const files = revisionFiles(io, commit);
  return {
    ...io,
    files: profile === undefined ? files : withDiskFile(files, io.files, resolve(io.cwd, profile)),
  };
}

/** A path that only the other side has is empty here. */
async function inputAt(io: Io, other: Io, options: InputOptions): Promise<Input> {
  const { filename } = options;
  if (filename === undefined) return await readInput(io, options);
  const isIn = (side: Io, path: string) =>
    path === '-' || /[*?{]/.test(path) || side.files.entry(resolve(io.cwd, path)) !== undefined;
  const missing = filename.find((path) => !isIn(io, path) && !isIn(other, path));
  if (missing !== undefined) throw new UsageError(`no such file or folder on either side: ${missing}`);
  return await readInput(io, { ...options, filename: filename.filter((path) => isIn(io, path)) });
}
