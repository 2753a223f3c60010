/** Gathers what a command reads: the profile, the flags that win over it, and the manifests. */

import { dirname, isAbsolute, join } from 'node:path';
import type { ProfileInput } from '../cluster/read-profile.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Snapshot } from '../query/snapshot.ts';
import { UsageError } from '../query/usage-error.ts';
import type { SourceFile } from '../source/file.ts';
import { collectFiles, MANIFEST_EXTENSIONS, readSourceFile } from './files.ts';
import type { Io } from './io.ts';
import type { InputOptions } from './options.ts';
import { renderedFiles } from './rendered.ts';

const PROFILE_NAME = 'k8snet.yaml';

export interface Input {
  readonly files: readonly SourceFile[];
  readonly profile: ProfileInput;
  readonly diagnostics: readonly Diagnostic[];
  /** Where manifests were looked for, and how many files were looked at. */
  readonly looked: { readonly paths: readonly string[]; readonly seen: number };
}

/**
 * Reads profile and manifests. Without `-f`, the profile says where the manifests are, else they are
 * looked for in the current folder; what `--helm` and `-k` render takes their place.
 * @throws UsageError for a path that is not there or cannot be read.
 */
export async function readInput(io: Io, options: InputOptions): Promise<Input> {
  const profile = profileInput(readProfileFile(io, options.profile), options);
  const rendered = isRendered(options) ? renderedFiles(io, options) : [];
  const paths = options.filename ?? (rendered.length > 0 ? [] : ((await profileManifests(profile)) ?? ['.']));
  const stdin = paths.includes('-') ? { stdin: await io.readStdin() } : {};
  const { files, diagnostics, seen } = collectFiles({ paths, cwd: io.cwd, files: io.files, ...stdin });
  return {
    files: [...files, ...rendered],
    profile,
    diagnostics,
    looked: { paths: [...paths, ...rendered.map(({ name }) => name)], seen: seen + rendered.length },
  };
}

function isRendered({ helm, values, kustomize }: InputOptions): boolean {
  return [helm, values, kustomize].some((each) => each !== undefined);
}

/** The profile that was named, else the one in the current folder if there is one. */
function readProfileFile(io: Io, path: string | undefined): SourceFile | undefined {
  const file = readSourceFile(path ?? PROFILE_NAME, io);
  if (file === undefined && path !== undefined) throw new UsageError(`no such profile: ${path}`);
  return file;
}

function profileInput(file: SourceFile | undefined, options: InputOptions): ProfileInput {
  const { cni, proxy, kubernetes, clusterDomain, namespace, stored, set = [] } = options;
  return {
    ...(file === undefined ? {} : { file }),
    flags: {
      ...(cni === undefined ? {} : { cni }),
      ...(proxy === undefined ? {} : { proxy }),
      ...(kubernetes === undefined ? {} : { kubernetes }),
      ...(clusterDomain === undefined ? {} : { clusterDomain }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(stored === undefined ? {} : { stored }),
      set,
    },
  };
}

/** `manifests:` of the profile, whose paths start from the profile's folder; undefined if it has none. */
async function profileManifests(profile: ProfileInput): Promise<readonly string[] | undefined> {
  if (profile.file === undefined && profile.flags.set.length === 0) return undefined;
  const { readProfile } = await import('../cluster/read-profile.ts');
  // Its complaints are told when the snapshot reads it.
  const { manifests } = readProfile(profile, () => {});
  const folder = dirname(profile.file?.name ?? '.');
  return manifests.length === 0
    ? undefined
    : manifests.map((path) => (isAbsolute(path) ? path : join(folder, path)));
}

/**
 * An answer about nothing would look like an answer.
 * @throws UsageError where no object was read, saying what was looked at.
 */
export function refuseEmpty({ objects }: Pick<Snapshot, 'objects'>, { files, looked }: Input): void {
  if (objects.objects.length > 0) return;
  const kinds = [...new Set(objects.others.map((other) => other.kind))].sort();
  const more = kinds.length > 5 ? ` and ${kinds.length - 5} more` : '';
  const others = `${count(objects.others.length, 'object')} of other kinds: ${kinds.slice(0, 5).join(', ')}${more}`;
  throw new UsageError(
    [
      'found no Pod, workload, Service or Node to trace through',
      `  looked in ${looked.paths.join(', ')} (in folders for ${MANIFEST_EXTENSIONS.join(', ')})`,
      `  found ${count(looked.seen, 'file')}, ${files.length} with an apiVersion${kinds.length === 0 ? '' : `; ${others}`}`,
      '  say where the manifests are: -f PATH, or manifests: in k8snet.yaml',
    ].join('\n'),
  );
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
