/** The options of `k8snet check`, and the settings that they change. */

import type { FailOn } from '../../checks/finding.ts';
import type { Precision } from '../../checks/hit.ts';
import { type CheckSettings, PRECISIONS, SEVERITIES } from '../../checks/settings.ts';
import type { Severity } from '../../diagnostics/diagnostic.ts';
import type { InputOptions, OptionSpec } from '../options.ts';
import type { OutputsOptions } from '../outputs.ts';

export interface CheckOptions extends InputOptions, OutputsOptions {
  readonly failOn?: FailOn;
  readonly show?: Severity;
  readonly precision?: Precision;
  readonly closed?: true;
  readonly exitZero?: true;
  readonly allowUnreadable?: true;
  readonly allowEmpty?: true;
  /** False with `--no-ci-annotations`. */
  readonly ciAnnotations: boolean;
  readonly baseline?: string;
  /** true: into the file that the profile names, else the usual one. */
  readonly writeBaseline?: string | true;
  readonly pruneBaseline?: true;
  readonly fix?: true;
}

export const CHECK_OPTIONS: readonly OptionSpec[] = [
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
  { flags: '--baseline <file>', text: 'tell only of findings that it does not know', group: 'Question' },
  {
    flags: '--write-baseline [file]',
    text: 'write what is found as the baseline (default: .k8snet-baseline.json)',
    group: 'Question',
  },
  { flags: '--prune-baseline', text: 'take out of the baseline what is mended', group: 'Question' },
  { flags: '--fix', text: 'mend what has one right change of the text, each tried first', group: 'Question' },
  { flags: '--exit-zero', text: 'exit 0 whatever is found', group: 'Question' },
  { flags: '--allow-unreadable', text: 'do not exit 2 for documents that cannot be read', group: 'Question' },
  { flags: '--allow-empty', text: 'do not exit 2 where there is no object', group: 'Question' },
];

function oneOf(words: readonly string[]): NonNullable<OptionSpec['value']> {
  return {
    expected: words.join(', '),
    read: (text) => words.find((word) => word === text),
  };
}

/** Flags win over what the profile says. */
export function withFlags(settings: CheckSettings, options: CheckOptions): CheckSettings {
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
