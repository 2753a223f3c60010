/**
 * The options of the commands as data: program.ts gives them to the argument parser, and each command
 * reads them through the types here.
 */

import { FORMATS } from '../render/formats.ts';
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
  /** Reads the value; undefined refuses it, saying what is expected. */
  readonly value?: { readonly expected: string; read(text: string): string | number | undefined };
  /** Names of options that cannot stand beside it. */
  readonly conflicts?: readonly string[];
}

/** What a command reads: manifests, profile, and the flags that win over the profile. */
export interface InputOptions {
  readonly filename?: readonly string[];
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
  readonly verbose?: true;
  readonly color: ColorChoice;
  readonly ascii?: true;
}

export interface TraceOptions extends InputOptions, OutputOptions {
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
  readonly port?: string;
  readonly sourcePort?: number;
  readonly backend?: string;
  /** False with `--no-dns`. */
  readonly dns: boolean;
  readonly ipv4?: true;
  readonly ipv6?: true;
  readonly any?: true;
  readonly expect?: string;
  readonly strict?: true;
}

/** The level that the options ask for. */
export function levelOf(options: OutputOptions): Level {
  if (options.brief) return 'brief';
  return options.verbose ? 'verbose' : 'default';
}

export const INPUT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-f, --filename <path>',
    text: 'file, folder (searched for .yaml, .yml, .json), pattern, or - for standard input',
    group: 'Input',
    repeatable: true,
  },
  { flags: '-n, --namespace <name>', text: 'namespace of references without one', group: 'Input' },
  {
    flags: '--profile <file>',
    text: 'file with what manifests do not say (default: k8snet.yaml)',
    group: 'Input',
  },
  { flags: '--cni <name>', text: 'the network plugin, e.g. flannel', group: 'Input' },
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

export const OUTPUT_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '-o, --output <format>',
    text: 'format',
    group: 'Answer',
    choices: FORMATS.map((format) => format.name),
  },
  { flags: '-q, --quiet', text: 'exit code only', group: 'Answer', conflicts: ['brief', 'verbose'] },
  { flags: '--brief', text: 'line 1 only', group: 'Answer', conflicts: ['verbose'] },
  {
    flags: '-v, --verbose',
    text: 'every device, hook, chain and rule, the look-up, the whole way back',
    group: 'Answer',
  },
  { flags: '--color <when>', text: 'colour', group: 'Answer', choices: ['auto', 'always', 'never'] },
  { flags: '--ascii', text: 'draw with ASCII only', group: 'Answer' },
];

export const TRACE_OPTIONS: readonly OptionSpec[] = [
  {
    flags: '--protocol <name>',
    text: "protocol (default: the port's)",
    group: 'Question',
    choices: ['tcp', 'udp', 'sctp'],
    isOpen: true,
  },
  { flags: '--port <port>', text: 'port where the target names none: number or name', group: 'Question' },
  {
    flags: '--source-port <port>',
    text: "the client's port",
    group: 'Question',
    value: { expected: 'a number from 1 to 65535', read: readPort },
  },
  { flags: '--backend <pod>', text: 'only the path to this pod', group: 'Question' },
  { flags: '--no-dns', text: 'dial the address, do not look the name up', group: 'Question' },
  { flags: '-4, --ipv4', text: 'over IPv4', group: 'Question', conflicts: ['ipv6'] },
  { flags: '-6, --ipv6', text: 'over IPv6', group: 'Question' },
  { flags: '--any', text: 'one path that arrives is enough', group: 'Answer' },
  { flags: '--expect <word>', text: 'succeed if a result, disposition or symptom is this', group: 'Answer' },
  { flags: '--strict', text: 'refuse to answer where an assumption decides', group: 'Answer' },
];

function readPort(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const port = Number(text);
  return port >= 1 && port <= 65535 ? port : undefined;
}
