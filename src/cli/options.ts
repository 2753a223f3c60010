/**
 * The options of the commands as data: program.ts gives them to the argument parser, and each command
 * reads them through the types here.
 */

import type { Level } from '../render/renderer.ts';
import type { ColorChoice } from './color.ts';

/** One option as it is typed and explained. */
export interface OptionSpec {
  /** `-f, --filename <path>`. */
  readonly flags: string;
  readonly text: string;
  readonly group: 'Input' | 'Question' | 'Answer';
  /** The words it takes; the first is the default, unless the option `isOpen`. */
  readonly choices?: readonly string[];
  readonly isOpen?: true;
  /** May be given several times; the values are gathered. */
  readonly repeatable?: true;
  /** Its value is how often it is given. */
  readonly counted?: true;
  /** Reads the value; undefined refuses it, saying what is expected. */
  readonly value?: { readonly expected: string; read(text: string): string | number | undefined };
  /** Names of options that cannot stand beside it. */
  readonly conflicts?: readonly string[];
}

/** What a command reads: manifests, profile, and the flags that win over the profile. */
export interface InputOptions {
  readonly filename?: readonly string[];
  readonly helm?: readonly string[];
  readonly values?: readonly string[];
  readonly kustomize?: readonly string[];
  readonly namespace?: string;
  readonly profile?: string;
  readonly cni?: string;
  readonly proxy?: string;
  readonly kubernetes?: string;
  readonly clusterDomain?: string;
  readonly set?: readonly string[];
  readonly stored?: true;
}

/** How an answer is printed. */
export interface OutputOptions {
  readonly output: string;
  readonly quiet?: true;
  readonly brief?: true;
  /** Times that `-v` is given. */
  readonly verbose?: number;
  readonly color: ColorChoice;
  readonly ascii?: true;
}

/** The level that the options ask for. */
export function levelOf(options: Omit<OutputOptions, 'output'>): Level {
  if (options.brief) return 'brief';
  return options.verbose === undefined ? 'default' : 'verbose';
}

export const INPUT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-f, --filename <path>',
    text: 'file, folder (searched for .yaml, .yml, .json), pattern, or - for standard input',
    group: 'Input',
    repeatable: true,
  },
  { flags: '--helm <chart>', text: 'a chart, rendered by helm', group: 'Input', repeatable: true },
  { flags: '--values <file>', text: 'values for --helm', group: 'Input', repeatable: true },
  {
    flags: '-k, --kustomize <dir>',
    text: 'a kustomization, built by kustomize or kubectl',
    group: 'Input',
    repeatable: true,
  },
  { flags: '-n, --namespace <name>', text: 'namespace of references without one', group: 'Input' },
  {
    flags: '--profile <file>',
    text: 'file with what manifests do not say (default: k8snet.yaml)',
    group: 'Input',
  },
  { flags: '--cni <name>', text: 'the network plugin, e.g. flannel, calico/bgp', group: 'Input' },
  { flags: '--proxy <mode>', text: 'mode of the service proxy, e.g. iptables', group: 'Input' },
  { flags: '--kubernetes <version>', text: 'version of the cluster, e.g. 1.35', group: 'Input' },
  { flags: '--cluster-domain <name>', text: 'domain of cluster names', group: 'Input' },
  { flags: '--set <key=value>', text: 'any other key of the profile', group: 'Input', repeatable: true },
  {
    flags: '--stored',
    text: 'the input is a dump of a cluster (kubectl get -A -o yaml): nothing is invented',
    group: 'Input',
  },
];

/** `-o`. @param formats their names, the default first. */
export function formatOption(formats: readonly { readonly name: string }[]): OptionSpec {
  return {
    flags: '-o, --output <format>',
    text: 'format',
    group: 'Answer',
    choices: formats.map((format) => format.name),
  };
}

/** Colour and characters of a text answer. */
export const TEXT_OPTIONS: readonly OptionSpec[] = [
  { flags: '--color <when>', text: 'colour', group: 'Answer', choices: ['auto', 'always', 'never'] },
  { flags: '--ascii', text: 'draw with ASCII only', group: 'Answer' },
];
