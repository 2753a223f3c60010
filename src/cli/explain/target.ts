/** Something that `k8snet explain` can explain: how it is written, and what runs it. */

import type { Snapshot } from '../../query/snapshot.ts';
import type { Format } from '../../render/renderer.ts';
import type { Progress } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import type { InputOptions, OptionSpec, OutputOptions } from '../options.ts';
import { askAbout, printAnswer } from '../reading.ts';

export interface ExplainRun {
  readonly target: string;
  /** Behind a target that is a kind: `ingress shop`. */
  readonly name?: string;
  /** With the options of the target, which knows their types. */
  readonly options: InputOptions & OutputOptions;
  readonly progress: Progress;
}

export interface ExplainTarget {
  /** For the help: `svc/NAME`. */
  readonly shape: string;
  readonly text: string;
  /** Words of a kind, behind which a name may stand: `ingress shop`. */
  readonly kindWords?: readonly string[];
  /** Options that this target knows; those that several share are listed once. */
  readonly options?: readonly OptionSpec[];
  /** Is the text one of these? */
  takes(target: string): boolean;
  /** @throws UsageError */
  run(io: Io, run: ExplainRun): Promise<ExitCode>;
}

/** Is the text a reference to an object of the kind: `svc/web`, `shop/svc/web`? @param words of the kind. */
export function namesKind(target: string, words: readonly string[]): boolean {
  const parts = target.split('/');
  return parts.length >= 2 && parts.length <= 3 && words.includes(parts.at(-2)?.toLowerCase() ?? '');
}

/** Reads the manifests, asks, and prints the answer; 2 where the profile cannot be used. */
export async function explainWith<Answer>(
  io: Io,
  { options, progress }: ExplainRun,
  {
    formats,
    ask,
  }: { readonly formats: readonly Format<Answer>[]; readonly ask: (snapshot: Snapshot) => Promise<Answer> },
): Promise<ExitCode> {
  const asked = await askAbout(io, options, progress, async (snapshot) => {
    progress.enter('explaining');
    return ask(snapshot);
  });
  if (asked === undefined) return 2;
  progress.enter('printing');
  await printAnswer(io, asked.answer, { formats, options, input: asked.input });
  return 0;
}
