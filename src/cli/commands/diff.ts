/** `k8snet diff`: two manifest sets in, what changes in their meaning out. */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ASPECTS, type DiffAnswer, type DiffSide } from '../../query/diff/diff-answer.ts';
import type { FindingsOfSides } from '../../query/diff/findings.ts';
import type { Snapshot } from '../../query/snapshot.ts';
import { UsageError } from '../../query/usage-error.ts';
import { DIFF_FORMATS, ROUTING_DIFF_FORMATS } from '../../render/formats.ts';
import type { Command, Progress } from '../command.ts';
import { readDiffInputs } from '../diff-sides.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { INPUT_OPTIONS, type InputOptions, type OptionSpec, TEXT_OPTIONS } from '../options.ts';
import { type Output, type OutputsOptions, outputsOption, readOutputs, writeOutputs } from '../outputs.ts';
import { printDiagnostics, refuseProfile } from '../reading.ts';

/** What makes the exit code 1. */
const FAILURES = {
  any: ({ added, removed, changed }: DiffAnswer['summary']) => added + removed + changed > 0,
  'new-exposure': ({ newExposure }: DiffAnswer['summary']) => newExposure > 0,
  'lost-connections': ({ lostConnections }: DiffAnswer['summary']) => lostConnections > 0,
  'new-findings': ({ newFindings }: DiffAnswer['summary']) => newFindings > 0,
  never: () => false,
} as const;
type Failure = keyof typeof FAILURES;

const SIDES: readonly DiffSide[] = ['old', 'new'];

interface DiffOptions extends InputOptions, OutputsOptions {
  readonly aspect?: readonly string[];
  readonly failOn?: readonly string[];
  readonly routes?: boolean;
}

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--routes',
    text: 'compare what becomes of requests: same URL, same backend, same path?',
    group: 'Question',
    conflicts: ['aspect', 'failOn'],
  },
  { flags: '--aspect <name>', text: `only this: ${ASPECTS.join(', ')}`, group: 'Question', repeatable: true },
  {
    flags: '--fail-on <what>',
    text: `exit 1 for this alone: any (default), new-exposure, lost-connections, new-findings, never`,
    group: 'Question',
    repeatable: true,
  },
  outputsOption(DIFF_FORMATS),
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
  { flags: '-v, --verbose', text: 'every change and every place', group: 'Answer', counted: true },
  ...TEXT_OPTIONS,
];

const HELP = `
OLD and NEW are files or folders. With -f, or one argument, they are git
revisions: main..HEAD, main...HEAD (since they parted), or one that is compared
with the files as they are now.

Objects are compared by identity: an invented address, node or name is no
difference, nor are replicas.

Exit codes:
  0  no difference (or none that --fail-on names)
  1  differences
  2  no answer: wrong usage, unreadable input, no such revision

Examples:
  k8snet diff old/ new/
      two folders
  k8snet diff main..HEAD -f k8s/
      two revisions of a folder
  k8snet diff HEAD -f k8s/
      what is not committed yet
  helm template chart/ | k8snet diff rendered.yaml -
      a chart against what it was
  k8snet diff main...HEAD -f k8s/ --fail-on lost-connections \\
    --fail-on new-exposure -o markdown
      a comment in a pull request
  k8snet diff --routes ingress/ gateway-api/
      does a migration keep every URL at its backend?
  (with --routes: Ingresses, HTTPRoutes and GRPCRoutes, and VirtualServices
  of Istio's Gateways; one request of each class of requests is asked of both
  sides)`;

export const diffCommand: Command = {
  description: 'Shows what changes in connections, names, variables, exposure, routes and findings.',
  arguments: [
    { name: '<old>', text: 'file or folder, or a range of revisions' },
    { name: '[new]', text: 'file or folder, or a revision' },
  ],
  options: [...INPUT_OPTIONS, ...OPTIONS],
  help: HELP,
  async run(io, parsed, progress) {
    const options = parsed.options as DiffOptions;
    const outputs = readOutputs(
      options.output,
      options.routes === true ? ROUTING_DIFF_FORMATS : DIFF_FORMATS,
    );
    const aspects = wordsOf('--aspect', options.aspect, ASPECTS);
    const failures = wordsOf('--fail-on', options.failOn, Object.keys(FAILURES) as readonly Failure[]);
    const sides = await loadSides(io, { values: parsed.values, options }, progress);
    if (sides === undefined) return 2;
    progress.enter('comparing');
    if (options.routes === true) return compareRoutes(io, sides, { options, outputs, progress });
    const { diffQuestion } = await import('../../query/diff/diff.ts');
    const isChecked = aspects === undefined || aspects.includes('findings');
    const answer = diffQuestion(sides.old, sides.new, {
      ...sides.names,
      ...(aspects === undefined ? {} : { aspects }),
      ...(isChecked ? { findings: await findingsOf(sides) } : {}),
    });
    progress.enter('printing');
    await tellDiagnostics(io, sides, options);
    await writeOutputs(io, answer, { formats: DIFF_FORMATS, outputs, options, files: [] });
    return exitCode(answer, failures ?? ['any']);
  },
};

interface RoutesRun {
  readonly options: DiffOptions;
  readonly outputs: readonly Output[];
  readonly progress: Progress;
}

/** Compares the routing of the two sides by requests; 1 where any is answered otherwise. */
async function compareRoutes(
  io: Io,
  sides: LoadedSides,
  { options, outputs, progress }: RoutesRun,
): Promise<ExitCode> {
  const { routingDiff } = await import('../../query/routing-diff/routing-diff.ts');
  const answer = routingDiff(sides.old, sides.new, sides.names);
  progress.enter('printing');
  await tellDiagnostics(io, sides, options);
  await writeOutputs(io, answer, { formats: ROUTING_DIFF_FORMATS, outputs, options, files: [] });
  const { added, removed, changed } = answer.summary;
  return added + removed + changed > 0 ? 1 : 0;
}

function exitCode({ summary }: DiffAnswer, failures: readonly Failure[]): ExitCode {
  return failures.some((failure) => FAILURES[failure](summary)) ? 1 : 0;
}

/** Words of an option that may be given several times, each with commas. */
function wordsOf<Word extends string>(
  flag: string,
  given: readonly string[] | undefined,
  known: readonly Word[],
): readonly Word[] | undefined {
  return given
    ?.flatMap((text) => text.split(','))
    .map((text) => {
      const word = known.find((each) => each === text.trim());
      if (word === undefined) throw new UsageError(`${flag} ${text}: no such word`, known);
      return word;
    });
}

interface LoadedSides {
  readonly old: Snapshot;
  readonly new: Snapshot;
  readonly names: { readonly old: string; readonly new: string };
  /** What is wrong with the files and their objects. */
  readonly diagnostics: Readonly<Record<DiffSide, readonly Diagnostic[]>>;
}

/** @returns undefined where a profile cannot be used. */
async function loadSides(
  io: Io,
  { values, options }: { readonly values: readonly (string | undefined)[]; readonly options: DiffOptions },
  { enter }: Progress,
): Promise<LoadedSides | undefined> {
  enter('collecting files');
  const inputs = await readDiffInputs(io, values, options);
  enter('reading manifests');
  const { loadSnapshot } = await import('../../query/snapshot.ts');
  const [old, fresh] = [loadSnapshot(inputs.old), loadSnapshot(inputs.new)];
  for (const side of [old, fresh]) if (await refuseProfile(io, side, options)) return undefined;
  if (old.objects.counts.size + fresh.objects.counts.size === 0)
    throw new UsageError(`no Kubernetes object on either side: ${inputs.names.old}, ${inputs.names.new}`);
  const diagnostics = {
    old: [...inputs.old.diagnostics, ...old.diagnostics],
    new: [...inputs.new.diagnostics, ...fresh.diagnostics],
  };
  const sides = { old, new: fresh, names: inputs.names, diagnostics };
  await refuseUnread(io, sides, options);
  return sides;
}

/** A side of which nothing could be read is not an empty one: all would count as added, or removed. */
async function refuseUnread(io: Io, sides: LoadedSides, options: DiffOptions): Promise<void> {
  for (const side of SIDES) {
    const errors = sides.diagnostics[side].filter(({ severity }) => severity === 'error');
    if (sides[side].objects.counts.size > 0 || errors.length === 0) continue;
    if (!options.quiet) await printDiagnostics(io, errors, options);
    throw new UsageError(`nothing of ${sides.names[side]} could be read`);
  }
}

/** What is wrong with the input: all of the new side, and of the old one what is not wrong any more. */
async function tellDiagnostics(io: Io, sides: LoadedSides, options: DiffOptions): Promise<void> {
  if (options.quiet) return;
  const { diagnostics } = sides;
  const known = new Set(diagnostics.new.map(({ code, text }) => `${code} ${text}`));
  const errors = diagnostics.old.filter(
    ({ severity, code, text }) => severity === 'error' && !known.has(`${code} ${text}`),
  );
  const all = [...errors, ...diagnostics.new];
  if (all.length > 0) await printDiagnostics(io, all, options);
}

/** What `check` finds on each side, by the settings of that side. */
async function findingsOf({ old, new: fresh }: LoadedSides): Promise<FindingsOfSides> {
  const [{ checkManifests }, { readCheckSettings }] = await Promise.all([
    import('../../checks/check.ts'),
    import('../../checks/read-settings.ts'),
  ]);
  const today = new Date().toISOString().slice(0, 10);
  const found = (side: Snapshot) =>
    checkManifests(side, { ...readCheckSettings(side.profile), today }).findings;
  return { old: found(old), new: found(fresh) };
}
