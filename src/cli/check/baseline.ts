/** The baseline file of `k8snet check`: which one, reading and writing it. */

import { dirname, join, resolve } from 'node:path';
import { type Baseline, printBaseline, readBaseline } from '../../checks/baseline.ts';
import type { BaselineEntry } from '../../checks/finding.ts';
import { UsageError } from '../../query/usage-error.ts';
import { readSourceFile } from '../files.ts';
import type { Io } from '../io.ts';
import type { CheckOptions } from './options.ts';

const USUAL_NAME = '.k8snet-baseline.json';

/** What the profile says of it: its path starts from the profile's folder. */
export interface ProfileBaseline {
  readonly path: string | undefined;
  readonly profile: string | undefined;
}

/** The baseline that is asked for; undefined: none, or one that is to be written. @throws UsageError */
export function openBaseline(io: Io, options: CheckOptions, given: ProfileBaseline): Baseline | undefined {
  if (options.writeBaseline !== undefined) return undefined;
  const path = pathOf(options.baseline, given);
  if (path === undefined) {
    if (options.pruneBaseline) throw new UsageError('--prune-baseline needs a baseline: --baseline FILE');
    return undefined;
  }
  const file = readSourceFile(path, io);
  if (file === undefined)
    throw new UsageError(`no such baseline: ${path} (--write-baseline ${path} makes one)`);
  const baseline = readBaseline(path, file.text);
  if ('problem' in baseline) throw new UsageError(baseline.problem);
  return baseline;
}

/** Writes all that was found. @returns the path. */
export function writeBaseline(
  io: Io,
  options: CheckOptions,
  { given, findings }: { readonly given: ProfileBaseline; readonly findings: readonly BaselineEntry[] },
): string {
  const named = typeof options.writeBaseline === 'string' ? options.writeBaseline : options.baseline;
  const path = pathOf(named, given) ?? USUAL_NAME;
  io.writeFile(resolve(io.cwd, path), printBaseline(findings));
  return path;
}

/** Takes entries out of the file. */
export function pruneBaseline(io: Io, { name, entries }: Baseline, gone: readonly BaselineEntry[]): void {
  const out = new Set(gone);
  io.writeFile(resolve(io.cwd, name), printBaseline(entries.filter((entry) => !out.has(entry))));
}

function pathOf(named: string | undefined, { path, profile }: ProfileBaseline): string | undefined {
  if (named !== undefined) return named;
  return path === undefined ? undefined : join(dirname(profile ?? '.'), path);
}
