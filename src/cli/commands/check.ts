/** `k8snet check`: what is wrong with the manifests. The findings are the answer; nothing else is on stdout. */

import type { CheckAnswer } from '../../checks/finding.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { UsageError } from '../../query/usage-error.ts';
import { CHECK_FORMATS } from '../../render/formats.ts';
import { openBaseline, type ProfileBaseline, pruneBaseline, writeBaseline } from '../check/baseline.ts';
import { mendFiles } from '../check/fix.ts';
import { CHECK_OPTIONS, type CheckOptions, withFlags } from '../check/options.ts';
import { chosenOutputs, writeAll } from '../check/outputs.ts';
import type { Command } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { INPUT_OPTIONS, type OptionSpec, TEXT_OPTIONS } from '../options.ts';
import { outputsOption } from '../outputs.ts';
import { type Opened, openSnapshot, printDiagnostics, refuseProfile } from '../reading.ts';

const OPTIONS: readonly OptionSpec[] = [
  ...CHECK_OPTIONS,
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
    progress.enter('checking');
    const asked = await askCheck(io, options, opened);
    if (asked === undefined) return 2;
    progress.enter('printing');
    const { answer, snapshot, input } = asked;
    const notes = [...input.diagnostics, ...snapshot.diagnostics].filter(isAboutReading);
    if (!options.quiet && notes.length > 0) await printDiagnostics(io, notes, options);
    await writeAll(io, { answer, outputs, options }, asked);
    return exitCode(answer, options);
  },
};

/** The answer, and the input as it is after what was mended. */
interface CheckAsked extends Opened {
  readonly answer: CheckAnswer;
}

/** @returns undefined where the profile cannot be used. */
async function askCheck(io: Io, options: CheckOptions, opened: Opened): Promise<CheckAsked | undefined> {
  const { snapshot } = opened;
  const { readCheckSettings, baselinePath } = await import('../../checks/read-settings.ts');
  const written = readCheckSettings(snapshot.profile);
  const given: ProfileBaseline = {
    path: baselinePath(snapshot.profile),
    profile: opened.input.profile.file?.name,
  };
  if (await refuseProfile(io, snapshot, options)) return undefined;
  if (options.allowEmpty !== true) refuseNothing(opened);
  const baseline = openBaseline(io, options, given);
  const settings = { ...withFlags(written, options), ...(baseline === undefined ? {} : { baseline }) };
  const fixed = options.fix ? await mendFiles(io, opened, settings) : opened;
  const { checkManifests } = await import('../../checks/check.ts');
  const answer = checkManifests(fixed.snapshot, settings, fixed.input.diagnostics);
  if (baseline !== undefined && options.pruneBaseline) pruneBaseline(io, baseline, answer.gone ?? []);
  if (options.writeBaseline !== undefined) {
    const path = writeBaseline(io, options, { given, findings: answer.findings });
    const { length } = answer.findings;
    io.err(`note: wrote ${length} ${length === 1 ? 'finding' : 'findings'} to ${path}\n`);
  }
  return { ...fixed, answer };
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
  'missing-api-version',
  'missing-name',
  'not-an-object',
  'helm-templates',
  'not-text',
  'file-unreadable',
  'too-many-pods',
  'corefile-invalid',
  'facts-disagree',
  'profile-invalid',
] as const);

function exitCode(
  { summary }: CheckAnswer,
  { exitZero, allowUnreadable, writeBaseline: written }: CheckOptions,
): ExitCode {
  // What is written as known is no reason to fail.
  if (exitZero || written !== undefined) return 0;
  if (summary.unreadable > 0 && !allowUnreadable) return 2;
  return summary.failed ? 1 : 0;
}
