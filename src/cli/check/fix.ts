/** `k8snet check --fix`: writes what was mended, and says so. */

import { resolve } from 'node:path';
import type { CheckSettings } from '../../checks/settings.ts';
import { loadSnapshot } from '../../query/snapshot.ts';
import { UsageError } from '../../query/usage-error.ts';
import type { Io } from '../io.ts';
import type { Opened } from '../reading.ts';

const STDIN = '<stdin>';

/** Mends the files of the input. @returns the input as it is then. @throws UsageError for standard input */
export async function mendFiles(io: Io, { input }: Opened, settings: CheckSettings): Promise<Opened> {
  if (input.files.some(({ name }) => name === STDIN)) {
    throw new UsageError('--fix writes files, and standard input is none: -f FILE');
  }
  const { fixManifests } = await import('../../checks/fix.ts');
  const { files, mended, refused } = fixManifests({ files: input.files, profile: input.profile }, settings);
  const changed = files.filter((file) => !input.files.includes(file));
  for (const { name, text } of changed) io.writeFile(resolve(io.cwd, name), text);
  const left = refused.length === 0 ? '' : `; ${refused.length} would not have been mended by their change`;
  io.err(`note: mended ${count(mended.length, 'finding')} in ${count(changed.length, 'file')}${left}\n`);
  return { input: { ...input, files }, snapshot: loadSnapshot({ files, profile: input.profile }) };
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
