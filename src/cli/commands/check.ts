/** `k8snet check`: what is wrong with the manifests. The findings are the answer; nothing else is on stdout. */

import type { CheckAnswer, FailOn } from '../../checks/finding.ts';
import type { Precision } from '../../checks/hit.ts';
import { type CheckSettings, PRECISIONS, SEVERITIES } from '../../checks/settings.ts';
import type { Diagnostic, Severity } from '../../diagnostics/diagnostic.ts';
import { UsageError } from '../../query/usage-error.ts';
import { CHECK_FORMATS } from '../../render/formats.ts';
import type { Command } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { INPUT_OPTIONS, type InputOptions, type OptionSpec, TEXT_OPTIONS } from '../options.ts';
import { type Output, type OutputsOptions, outputsOption, readOutputs, writeOutputs } from '../outputs.ts';
import { type Opened, openSnapshot, printDiagnostics, refuseProfile } from '../reading.ts';
import { viewOf } from '../view.ts';

interface CheckOptions extends InputOptions, OutputsOptions {
  readonly failOn?: FailOn;
  readonly show?: Severity;
  readonly precision?: Precision;
  readonly closed?: true;
  readonly exitZero?: true;
  readonly allowUnreadable?: true;
  readonly allowEmpty?: true;
  /** False with `--no-ci-annotations`. */
  readonly ciAnnotations: boolean;
}

const OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--fail-on <severity>',
    text: 'exit 1 from this severity on',
    group: 'Question',
    value: oneOf([...SEVERITIES, 'never']),
  },
  {
    flags: '--show <severity>',
    text: 'the mildest findings to show',
    group: 'Question',
    value: oneOf(SEVERITIES),
  },
  {
    flags: '--precision <word>',
    text: 'the least sure rules to ask: certain, closed-world or heuristic',
    group: 'Question',
    value: oneOf(PRECISIONS),
  },
  {
    flags: '--closed',
    text: 'the input is the whole cluster: what is not in it is missing',
    group: 'Question',
  },
  { flags: '--exit-zero', text: 'exit 0 whatever is found', group: 'Question' },
  { flags: '--allow-unreadable', text: 'do not exit 2 for documents that cannot be read', group: 'Question' },
  { flags: '--allow-empty', text: 'do not exit 2 where there is no object', group: 'Question' },
  outputsOption(CHECK_FORMATS),
  {
    flags: '--no-ci-annotations',
    text: 'no annotations beside the text where GITHUB_ACTIONS is true',
    group: 'Answer',
  },
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'the last line only', group: 'Answer', conflicts: ['verbose'] },
  {
    flags: '-v, --verbose',
    text: 'all places, the reason of every rule, what is ignored',
    group: 'Answer',
    counted: true,
  },
  ...TEXT_OPTIONS,
];

const HELP = `
Rules, severities, ignores: check: in k8snet.yaml. What is in the cluster but
not in the input: assume: there. \`k8snet explain RULE\` tells more of a rule.

Exit codes:
  0  nothing at or above --fail-on (default: error)
  1  findings at or above it
  2  no answer: wrong usage, unreadable input, no object

Examples:
  k8snet check -f k8s/
      what is wrong with a folder
  helm template chart/ | k8snet check -f - --fail-on warning
      a chart, as it is rendered
  kubectl get -A -o yaml all,netpol,ing,endpointslices |
    k8snet check --stored -f -
      a running cluster: a closed world
  k8snet check -f k8s/ -o json | jq -r '.findings[].rule' | sort | uniq -c
      for programs`;

export const checkCommand: Command = {
  description: 'Checks whether the network of the manifests works: each finding with line, reason and fix.',
  arguments: [],
  options: [...INPUT_OPTIONS, ...OPTIONS],
  help: HELP,
  async run(io, parsed, progress) {
    const options = parsed.options as CheckOptions;
    const outputs = chosenOutputs(io, options);
    const opened = await openSnapshot(io, options, progress);
    if (opened === undefined) return 2;
    const { snapshot, input } = opened;
    progress.enter('checking');
    const [{ checkManifests }, { readCheckSettings }] = await Promise.all([
      import('../../checks/check.ts'),
      import('../../checks/read-settings.ts'),
    ]);
    const settings = readCheckSettings(snapshot.profile);
    if (await refuseProfile(io, snapshot, options)) return 2;
    if (options.allowEmpty !== true) refuseNothing(opened);
    const answer = checkManifests(snapshot, withFlags(settings, options));
    progress.enter('printing');
    const notes = [...input.diagnostics, ...snapshot.diagnostics].filter(isAboutReading);
    if (!options.quiet && notes.length > 0) await printDiagnostics(io, notes, options);
    await writeAll(io, { answer, outputs, options }, opened);
    return exitCode(answer, options);
  },
};

/** Without `-o` the text, and in GitHub Actions annotations beside it. */
function chosenOutputs({ env }: Pick<Io, 'env'>, { output, ciAnnotations }: CheckOptions): ChosenOutputs {
  const isAction = output === undefined && ciAnnotations && env['GITHUB_ACTIONS'] === 'true';
  return { outputs: readOutputs(output, CHECK_FORMATS), isAction };
}

interface ChosenOutputs {
  readonly outputs: readonly Output[];
  readonly isAction: boolean;
}

async function writeAll(
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

function oneOf(words: readonly string[]): NonNullable<OptionSpec['value']> {
  return {
    expected: words.join(', '),
    read: (text) => words.find((word) => word === text),
  };
}

function withFlags(settings: CheckSettings, options: CheckOptions): CheckSettings {
  const { failOn, show, precision, closed } = options;
  return {
    ...settings,
    ...(failOn === undefined ? {} : { failOn }),
    ...(show === undefined ? {} : { show }),
    ...(precision === undefined ? {} : { precision }),
    ...(closed === undefined ? {} : { assume: { ...settings.assume, isWhole: true } }),
    today: new Date().toISOString().slice(0, 10),
  };
}

/** @throws UsageError where there is no object at all: nothing was checked, and CI must not take it for good. */
function refuseNothing({ snapshot, input }: Opened): void {
  if (snapshot.objects.counts.size > 0) return;
  const { paths, seen } = input.looked;
  throw new UsageError(
    [
      `no Kubernetes object found in ${paths.join(', ')}`,
      `  looked at ${seen} ${seen === 1 ? 'file' : 'files'}; --allow-empty takes that for good`,
    ].join('\n'),
  );
}

/** What the findings say too is not said twice. */
function isAboutReading({ code }: Diagnostic): boolean {
  return ABOUT_READING.has(code);
}

const ABOUT_READING: ReadonlySet<Diagnostic['code']> = new Set([
  'yaml-syntax',
  'yaml-alias-limit',
  'duplicate-key',
  'missing-kind',
  'helm-templates',
  'not-text',
  'too-many-pods',
  'corefile-invalid',
  'facts-disagree',
] as const);

function exitCode({ summary }: CheckAnswer, { exitZero, allowUnreadable }: CheckOptions): ExitCode {
  if (exitZero) return 0;
  if (summary.unreadable > 0 && !allowUnreadable) return 2;
  return summary.failed ? 1 : 0;
}
