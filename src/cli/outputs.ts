/** `-o FORMAT` and `-o FORMAT=FILE`, several times: one answer in several formats, one of them on stdout. */

import { resolve } from 'node:path';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { UsageError } from '../query/usage-error.ts';
import type { Format, View } from '../render/renderer.ts';
import type { SourceFile } from '../source/file.ts';
import type { Io } from './io.ts';
import type { OptionSpec, OutputOptions } from './options.ts';
import { viewOf } from './view.ts';

export interface Output {
  readonly format: string;
  /** undefined: stdout. */
  readonly file?: string;
}

/** Options of a command with several outputs. */
export interface OutputsOptions extends Omit<OutputOptions, 'output'> {
  readonly output?: readonly string[];
}

/** `-o`. @param formats their names, the default first. */
export function outputsOption(formats: readonly { readonly name: string }[]): OptionSpec {
  return {
    flags: '-o, --output <format[=file]>',
    text: `format, on stdout or in a file; several times (default: ${formats[0]?.name})`,
    group: 'Answer',
    choices: formats.map((format) => format.name),
    isOpen: true,
    repeatable: true,
  };
}

/**
 * What is written where; the first format on stdout if nothing is said.
 * @throws UsageError for a format that there is not, and for two answers on stdout.
 */
export function readOutputs(
  given: readonly string[] | undefined,
  formats: readonly { readonly name: string }[],
): readonly Output[] {
  const names = formats.map(({ name }) => name);
  const outputs = (given ?? [names[0] ?? '']).map((text): Output => {
    const [format = '', ...rest] = text.split('=');
    const file = rest.join('=');
    if (!names.includes(format)) {
      const near = nearest(format, names, 3);
      throw new UsageError(`-o ${text}: no such format`, near.length > 0 ? near : names);
    }
    if (rest.length > 0 && file === '') throw new UsageError(`-o ${text}: name a file behind the =`);
    return rest.length === 0 || file === '-' ? { format } : { format, file };
  });
  const onStdout = outputs.filter(({ file }) => file === undefined);
  if (onStdout.length > 1)
    throw new UsageError(
      `only one format can be on stdout: ${onStdout.map(({ format }) => format).join(', ')}`,
      onStdout.slice(1).map(({ format }) => `-o ${format}=FILE`),
    );
  return outputs;
}

export interface Writing<Answer> {
  readonly formats: readonly Format<Answer>[];
  readonly outputs: readonly Output[];
  readonly options: Omit<OutputOptions, 'output'>;
  /** Whose lines code frames show. */
  readonly files: readonly SourceFile[];
}

/** Writes an answer everywhere. Files are written also where nothing is to be said on stdout (`-q`). */
export async function writeOutputs<Answer>(io: Io, answer: Answer, writing: Writing<Answer>): Promise<void> {
  const { formats, outputs, options, files } = writing;
  const view = viewOf(io, 'stdout', options, files);
  // A file has neither a terminal's width nor its colours.
  const plain: View = {
    ...view,
    width: 80,
    color: 0,
    level: view.level === 'brief' ? 'default' : view.level,
  };
  for (const { format, file } of outputs) {
    if (file === undefined && options.quiet) continue;
    const renderer = await formats.find(({ name }) => name === format)?.load();
    if (renderer === undefined) throw new Error(`no renderer for ${format}`);
    if (file === undefined) io.out(renderer.render(answer, view));
    else writeFile(io, file, renderer.render(answer, plain));
  }
}

function writeFile(io: Io, file: string, text: string): void {
  try {
    io.writeFile(resolve(io.cwd, file), text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot write ${file}: ${reason}`);
  }
}
