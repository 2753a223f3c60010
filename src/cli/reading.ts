/** What commands about manifests share: reading them, telling what is wrong with them, printing the answer. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Snapshot } from '../query/snapshot.ts';
import type { Format } from '../render/renderer.ts';
import type { Progress } from './command.ts';
import { type Input, readInput, refuseEmpty } from './input.ts';
import type { Io } from './io.ts';
import type { InputOptions, OutputOptions } from './options.ts';
import { viewOf } from './view.ts';

export interface Asked<Answer> {
  readonly answer: Answer;
  readonly input: Input;
}

/** What a question is asked about. */
export interface Opened {
  readonly snapshot: Snapshot;
  readonly input: Input;
}

/**
 * Reads the manifests.
 * @returns undefined where the profile cannot be used: it is told, and would be answered for another cluster.
 * @throws UsageError
 */
export async function openSnapshot(
  io: Io,
  options: InputOptions & Omit<OutputOptions, 'output'>,
  { enter }: Progress,
): Promise<Opened | undefined> {
  enter('collecting files');
  const input = await readInput(io, options);
  enter('reading manifests');
  const { loadSnapshot } = await import('../query/snapshot.ts');
  const snapshot = loadSnapshot({ files: input.files, profile: input.profile });
  return (await refuseProfile(io, snapshot, options)) ? undefined : { snapshot, input };
}

/** Tells what of the profile cannot be used. @returns is there anything? */
export async function refuseProfile(
  io: Io,
  { diagnostics }: Pick<Snapshot, 'diagnostics'>,
  options: Omit<OutputOptions, 'output'>,
): Promise<boolean> {
  const refusals = diagnostics.filter(isProfileError);
  if (refusals.length > 0) await printDiagnostics(io, refusals, options);
  return refusals.length > 0;
}

/**
 * Reads the manifests and asks. What is wrong with the input goes to stderr in any case, since it may be why
 * there is no answer.
 * @returns undefined where the profile cannot be used.
 * @throws UsageError
 */
export async function askAbout<Answer>(
  io: Io,
  options: InputOptions & Omit<OutputOptions, 'output'>,
  progress: Progress,
  ask: (snapshot: Snapshot, input: Input) => Promise<Answer>,
): Promise<Asked<Answer> | undefined> {
  const opened = await openSnapshot(io, options, progress);
  if (opened === undefined) return undefined;
  const { snapshot, input } = opened;
  try {
    refuseEmpty(snapshot, input);
    return { answer: await ask(snapshot, input), input };
  } finally {
    const diagnostics = [...input.diagnostics, ...snapshot.diagnostics];
    if (!options.quiet && diagnostics.length > 0) await printDiagnostics(io, diagnostics, options);
  }
}

/** A profile that says something else than its author meant would be answered for another cluster. */
function isProfileError({ code, severity }: Diagnostic): boolean {
  return code === 'profile-invalid' && severity === 'error';
}

/** Writes diagnostics about the input to stderr. */
export async function printDiagnostics(
  io: Io,
  diagnostics: readonly Diagnostic[],
  options: Omit<OutputOptions, 'output'>,
): Promise<void> {
  const { renderDiagnostics } = await import('../render/text/diagnostics.ts');
  io.err(renderDiagnostics(diagnostics, viewOf(io, 'stderr', options, [])));
}

interface Printing<Answer> {
  readonly formats: readonly Format<Answer>[];
  readonly options: OutputOptions;
  /** Whose lines code frames show. */
  readonly input?: Input;
}

/** Writes an answer to stdout in the format that `-o` names. */
export async function printAnswer<Answer>(
  io: Io,
  answer: Answer,
  { formats, options, input }: Printing<Answer>,
): Promise<void> {
  const renderer = await formats.find((format) => format.name === options.output)?.load();
  if (renderer === undefined) throw new Error(`no renderer for ${options.output}`);
  const profile = input?.profile.file;
  const files = [...(input?.files ?? []), ...(profile === undefined ? [] : [profile])];
  io.out(renderer.render(answer, viewOf(io, 'stdout', options, files)));
}
