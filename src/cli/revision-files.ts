/** The files of a git revision, behind the same door as those of the disk. */

import { join, posix, relative, resolve, sep } from 'node:path';
import { decodeText } from './decode-text.ts';
import { MANIFEST_EXTENSIONS } from './files.ts';
import { blobsOf, type TreeEntry, topFolder, treeOf } from './git.ts';
import type { Entry, Files, Io } from './io.ts';

const LINKS = 8;

/** The files of a commit; contents are read in one go when the first of them is asked for. */
export function revisionFiles(io: Pick<Io, 'run' | 'cwd'>, commit: string): Files {
  const top = topFolder(io);
  const entries = new Map(treeOf(io, commit).map((entry) => [entry.path, entry]));
  const folders = foldersOf(entries.keys());
  const contents = new Map<string, Buffer>();
  const pathOf = (full: string) => relative(top, resolve(full)).split(sep).join('/');
  const follow = (path: string, left = LINKS): string => {
    const entry = entries.get(path);
    if (entry === undefined || !entry.isLink || left === 0) return path;
    return follow(posix.join(posix.dirname(path), contentOf(entry).toString('utf8')), left - 1);
  };
  const contentOf = (entry: TreeEntry): Buffer => {
    if (!contents.has(entry.blob)) load([entry, ...(entry.isLink ? [] : entries.values())]);
    return contents.get(entry.blob) ?? Buffer.alloc(0);
  };
  const load = (wanted: readonly TreeEntry[]) => {
    const [first] = wanted;
    const blobs = [
      ...new Set(wanted.filter((entry) => entry === first || isManifest(entry)).map(({ blob }) => blob)),
    ];
    for (const [index, content] of blobsOf(io, blobs).entries()) contents.set(blobs[index] ?? '', content);
  };
  return {
    entry(full): Entry | undefined {
      const path = follow(pathOf(full));
      const entry = entries.get(path);
      if (entry !== undefined) return { kind: 'file', size: entry.size, identity: `${commit}:${path}` };
      if (!folders.has(path)) return undefined;
      return { kind: 'folder', size: 0, identity: `${commit}:${path}/` };
    },
    list: (folder) => [...(folders.get(follow(pathOf(folder))) ?? [])].sort(),
    read: (full) => {
      const entry = entries.get(follow(pathOf(full)));
      if (entry === undefined) throw Object.assign(new Error(`no ${full}`), { code: 'ENOENT' });
      return decodeText(contentOf(entry));
    },
  };
}

/** Larger ones are none that somebody writes. */
function isManifest({ path, size, isLink }: TreeEntry): boolean {
  return (
    !isLink &&
    size < 1 << 26 &&
    MANIFEST_EXTENSIONS.some((extension) => path.toLowerCase().endsWith(extension))
  );
}

/** The names in each folder; the top is the empty text. */
function foldersOf(paths: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>([['', new Set()]]);
  const namesIn = (folder: string): Set<string> => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const names = new Set<string>();
    folders.set(folder, names);
    namesIn(parentOf(folder)).add(posix.basename(folder));
    return names;
  };
  for (const path of paths) namesIn(parentOf(path)).add(posix.basename(path));
  return folders;
}

function parentOf(path: string): string {
  const parent = posix.dirname(path);
  return parent === '.' ? '' : parent;
}

/** A door that shows one path of the disk beside the files of a revision. */
export function withDiskFile(files: Files, disk: Files, path: string): Files {
  const own = join(path);
  return {
    entry: (full) => (join(full) === own ? disk.entry(full) : files.entry(full)),
    list: files.list,
    read: (full) => (join(full) === own ? disk.read(full) : files.read(full)),
  };
}
