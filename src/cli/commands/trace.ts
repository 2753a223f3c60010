/** `k8snet trace`: from arguments to the question, from the answer to text and exit code. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { nearest } from '../../diagnostics/did-you-mean.ts';
import type { TraceAnswer } from '../../query/answer.ts';
import type { TraceQuestion } from '../../query/asking.ts';
import { EXPECTATION_WORDS } from '../../query/expectation.ts';
import type { Snapshot, SnapshotInput } from '../../query/snapshot.ts';
import { UsageError } from '../../query/usage-error.ts';
import { FORMATS } from '../../render/formats.ts';
import { type ExitCode, traceExitCode } from '../exit-code.ts';
import { type Input, readInput, refuseEmpty } from '../input.ts';
import type { Io } from '../io.ts';
import type { TraceOptions } from '../options.ts';
import { viewOf } from '../view.ts';

/** What answers the question; loaded after the arguments are known to be good. */
export interface TraceEngine {
  loadSnapshot(input: SnapshotInput): Snapshot;
  traceQuestion(snapshot: Snapshot, question: TraceQuestion): TraceAnswer;
}

export interface TraceCommand {
  readonly from: string;
  readonly to: string;
  readonly options: TraceOptions;
}

export interface TraceRun {
  /** Told what the command does next, for the message about a bug. */
  enter(stage: string): void;
  loadEngine(): Promise<TraceEngine>;
}

/** The engine of the product. */
export async function loadTraceEngine(): Promise<TraceEngine> {
  const [{ loadSnapshot }, { traceQuestion }] = await Promise.all([
    import('../../query/snapshot.ts'),
    import('../../query/trace.ts'),
  ]);
  return { loadSnapshot, traceQuestion };
}

/**
 * Runs the command. The answer goes to stdout, what is wrong with the input to stderr.
 * @throws UsageError
 */
export async function runTrace(
  io: Io,
  command: TraceCommand,
  { enter, loadEngine }: TraceRun,
): Promise<ExitCode> {
  const { options } = command;
  checkExpectation(options.expect);
  enter('collecting files');
  const input = await readInput(io, options);
  enter('reading manifests');
  const engine = await loadEngine();
  const snapshot = engine.loadSnapshot({ files: input.files, profile: input.profile });
  const refusals = snapshot.diagnostics.filter(isProfileError);
  if (refusals.length > 0) {
    await printDiagnostics(io, refusals, options);
    return 2;
  }
  const answer = await askOrReport(io, { input, snapshot, options }, () => {
    refuseEmpty(snapshot, input);
    enter('tracing');
    return engine.traceQuestion(snapshot, questionOf(command));
  });
  enter('printing');
  if (!options.quiet) await printAnswer(io, answer, { input, options });
  return traceExitCode(answer, options);
}

/** A profile that says something else than its author meant would be answered for another cluster. */
function isProfileError({ code, severity }: Diagnostic): boolean {
  return code === 'profile-invalid' && severity === 'error';
}

function checkExpectation(word: string | undefined): void {
  if (word === undefined || EXPECTATION_WORDS.includes(word)) return;
  throw new UsageError(
    `--expect ${word}: no result, disposition or symptom has that name`,
    nearest(word, EXPECTATION_WORDS, 3),
  );
}

interface Reading {
  readonly input: Input;
  readonly snapshot: Snapshot;
  readonly options: TraceOptions;
}

/** The answer; what the input has wrong is told in any case, since it may be why there is none. */
async function askOrReport(io: Io, reading: Reading, ask: () => TraceAnswer): Promise<TraceAnswer> {
  try {
    return ask();
  } finally {
    const { input, snapshot, options } = reading;
    const diagnostics = [...input.diagnostics, ...snapshot.diagnostics];
    if (!options.quiet && diagnostics.length > 0) await printDiagnostics(io, diagnostics, options);
  }
}

function questionOf({ from, to, options }: TraceCommand): TraceQuestion {
  const { protocol, port, sourcePort, backend, strict } = options;
  return {
    from,
    to,
    dns: options.dns,
    ...(protocol === undefined ? {} : { protocol }),
    ...(port === undefined ? {} : { port }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    ...(backend === undefined ? {} : { backend }),
    ...(strict === undefined ? {} : { strict }),
    ...(options.ipv4 ? { family: 4 } : {}),
    ...(options.ipv6 ? { family: 6 } : {}),
  };
}

async function printDiagnostics(
  io: Io,
  diagnostics: readonly Diagnostic[],
  options: TraceOptions,
): Promise<void> {
  const { renderDiagnostics } = await import('../../render/text/diagnostics.ts');
  io.err(renderDiagnostics(diagnostics, viewOf(io, 'stderr', options, [])));
}

async function printAnswer(
  io: Io,
  answer: TraceAnswer,
  { input, options }: { readonly input: Input; readonly options: TraceOptions },
): Promise<void> {
  const renderer = await FORMATS.find((format) => format.name === options.output)?.load();
  if (renderer === undefined) throw new Error(`no renderer for ${options.output}`);
  const { file } = input.profile;
  const files = file === undefined ? input.files : [...input.files, file];
  io.out(renderer.render(answer, viewOf(io, 'stdout', options, files)));
}
