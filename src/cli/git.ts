/** What is asked of git. Its own words are told where it refuses. */

import { UsageError } from '../query/usage-error.ts';
import type { Io } from './io.ts';

/** A file of a revision. */
export interface TreeEntry {
  /** From the top of the repository. */
  readonly path: string;
  readonly blob: string;
  readonly size: number;
  readonly isLink: boolean;
}

/** The two ends of `A..B`; with three dots the first is where B left A. */
export interface RevisionRange {
  readonly old: string;
  /** undefined: the files as they are now. */
  readonly new: string | undefined;
}

/**
 * The ends of a range: `main..HEAD`, `main...HEAD`, `main..` (HEAD); a single revision is compared with the files as
 * they are now.
 * @throws UsageError for a revision that git does not know.
 */
export function readRange(io: Pick<Io, 'run' | 'cwd'>, text: string): RevisionRange {
  const [, old = '', dots, fresh = ''] = /^(.*?)(\.{2,3})(.*)$/.exec(text) ?? [];
  if (dots === undefined) return { old: commitOf(io, text), new: undefined };
  const [from, to] = [commitOf(io, old === '' ? 'HEAD' : old), commitOf(io, fresh === '' ? 'HEAD' : fresh)];
  if (dots === '..') return { old: from, new: to };
  return {
    old: git(io, ['merge-base', from, to], `${old} and ${fresh} have no common revision`).trim(),
    new: to,
  };
}

/**
 * The commit that a revision means.
 * @throws UsageError
 */
function commitOf(io: Pick<Io, 'run' | 'cwd'>, revision: string): string {
  topFolder(io);
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const found = git(io, args, `there is no revision ${revision} in this repository`);
  return found.trim();
}

/** The top of the repository. @throws UsageError where there is none. */
export function topFolder(io: Pick<Io, 'run' | 'cwd'>): string {
  return git(io, ['rev-parse', '--show-toplevel'], 'this folder is in no git repository').trimEnd();
}

/** All files of a commit. */
export function treeOf(io: Pick<Io, 'run' | 'cwd'>, commit: string): readonly TreeEntry[] {
  const listed = git(io, ['ls-tree', '-r', '-z', '-l', '--full-tree', commit], `cannot list ${commit}`);
  return listed.split('\0').flatMap((row): readonly TreeEntry[] => {
    const [, mode, type, blob = '', size, path = ''] = /^(\d+) (\w+) (\w+) +(\d+|-)\t(.*)$/s.exec(row) ?? [];
    if (type !== 'blob') return [];
    return [{ path, blob, size: Number(size), isLink: mode === '120000' }];
  });
}

/** The contents of blobs, in their order. */
export function blobsOf(io: Pick<Io, 'run' | 'cwd'>, blobs: readonly string[]): readonly Buffer[] {
  if (blobs.length === 0) return [];
  const result = io.run('git', ['-C', io.cwd, 'cat-file', '--batch'], `${blobs.join('\n')}\n`);
  if (result.kind === 'missing' || result.status !== 0) throw new UsageError('git cannot read the revision');
  const contents: Buffer[] = [];
  let at = 0;
  for (const _ of blobs) {
    // `<name> blob <size>`, a line break, the content, a line break.
    const end = result.out.indexOf(0x0a, at);
    const size = Number(result.out.subarray(at, end).toString('latin1').split(' ')[2]);
    contents.push(result.out.subarray(end + 1, end + 1 + size));
    at = end + size + 2;
  }
  return contents;
}

function git(io: Pick<Io, 'run' | 'cwd'>, args: readonly string[], refusal: string): string {
  const result = io.run('git', ['-C', io.cwd, ...args]);
  if (result.kind === 'missing')
    throw new UsageError('git is not installed: give two folders, or install it');
  if (result.status === 0) return result.out.toString('utf8');
  const [words] = result.err.trim().split('\n').slice(-1);
  throw new UsageError(words === undefined || words === '' ? refusal : `${refusal} (git: ${words})`);
}
