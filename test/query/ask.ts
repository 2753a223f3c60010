/** Asks a question of a fixture's manifests, as the command does. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  loadSnapshot,
  type Snapshot,
  type TraceAnswer,
  type TraceQuestion,
  traceQuestion,
} from '../../src/index.ts';

export interface FixtureOptions {
  readonly cni?: string;
  /** `KEY=VALUE` as for --set. */
  readonly set?: readonly string[];
}

/** The snapshot of `fixtures/<name>/manifests`. */
export function snapshotOf(name: string, { cni, set = [] }: FixtureOptions = {}): Snapshot {
  const folder = join('fixtures', name, 'manifests');
  const files = readdirSync(folder)
    .sort()
    .map((file) => ({ name: `${folder}/${file}`, text: readFileSync(join(folder, file), 'utf8') }));
  return loadSnapshot({ files, profile: { flags: { set, ...(cni === undefined ? {} : { cni }) } } });
}

/** The answer of a question to a fixture. */
export function ask(
  name: string,
  question: Pick<TraceQuestion, 'from' | 'to'> & Partial<TraceQuestion>,
  options: FixtureOptions = {},
): TraceAnswer {
  return traceQuestion(snapshotOf(name, options), { dns: true, ...question });
}
