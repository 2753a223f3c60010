/** Where the answer of `k8snet check` goes: formats, files, and GitHub's annotations and summary. */

import type { CheckAnswer } from '../../checks/finding.ts';
import { CHECK_FORMATS } from '../../render/formats.ts';
import type { Io } from '../io.ts';
import { type Output, readOutputs, writeOutputs } from '../outputs.ts';
import type { Opened } from '../reading.ts';
import { viewOf } from '../view.ts';
import type { CheckOptions } from './options.ts';

/** Without `-o` the text, and in GitHub Actions annotations beside it. */
export function chosenOutputs(
  { env }: Pick<Io, 'env'>,
  { output, ciAnnotations }: CheckOptions,
): ChosenOutputs {
  const isAction = output === undefined && ciAnnotations && env['GITHUB_ACTIONS'] === 'true';
  return { outputs: readOutputs(output, CHECK_FORMATS), isAction };
}

export interface ChosenOutputs {
  readonly outputs: readonly Output[];
  readonly isAction: boolean;
}

/** Writes the answer in every format that is asked for, and what GitHub Actions shows beside it. */
export async function writeAll(
  io: Io,
  {
    answer,
    outputs: { outputs, isAction },
    options,
  }: { readonly answer: CheckAnswer; readonly outputs: ChosenOutputs; readonly options: CheckOptions },
  { snapshot, input }: Opened,
): Promise<void> {
  const hasFlows = outputs.some(({ format }) => format === 'sarif');
  const written = hasFlows ? (await import('../../checks/walks.ts')).withWalks(answer, snapshot) : answer;
  const profile = input.profile.file;
  const writing = {
    formats: CHECK_FORMATS,
    options,
    files: [...input.files, ...(profile === undefined ? [] : [profile])],
  };
  await writeOutputs(io, written, { ...writing, outputs });
  if (isAction) await writeOutputs(io, answer, { ...writing, outputs: [{ format: 'github' }] });
  const summary = io.env['GITHUB_STEP_SUMMARY'];
  if (summary === undefined || summary === '') return;
  if (!isAction && !outputs.some(({ format }) => format === 'github')) return;
  const { checkMarkdownRenderer } = await import('../../render/check/markdown.ts');
  io.appendFile(summary, checkMarkdownRenderer.render(answer, viewOf(io, 'stdout', options, [])));
}
