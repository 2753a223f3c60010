/** The command line: the only importer of commander. It reads arguments and does nothing with them. */

import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import {
  INPUT_OPTIONS,
  type OptionSpec,
  OUTPUT_OPTIONS,
  TRACE_OPTIONS,
  type TraceOptions,
} from './options.ts';

/** What was asked for: a question, or nothing more than a help text or an error that is printed already. */
export type Invocation =
  | { readonly command: 'trace'; readonly from: string; readonly to: string; readonly options: TraceOptions }
  | { readonly command: 'none'; readonly exitCode: 0 | 2 };

/** Where help and errors about arguments go. */
export interface ProgramOutput {
  readonly width: number;
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
}

const EXIT_CODES = `
Exit codes:
  0  yes: reachable, or what --expect asks for
  1  no: unreachable, or only some paths arrive (see --any)
  2  no answer: wrong usage, unreadable input, undetermined`;

const EXAMPLES = `
Examples:
  k8snet trace deploy/frontend svc/cartservice:7070 -f k8s/
  kubectl get -A -o yaml nodes,pods,services,endpointslices |
    k8snet trace --stored -f - shop/web-0 shop/svc/api`;

const TRACE_HELP = `
FROM and TO:
  pod/web-0, deploy/web, svc/api:80, svc/api:http, shop/svc/cart, node/node-a,
  web-0 (a pod or workload), 10.244.1.5:80, [fd00::5]:80, localhost:8080,
  api.shop:80 and http://api.shop/ (looked up first), internet.
  A URL alone is asked from the internet.
${EXIT_CODES}

Examples:
  k8snet trace deploy/frontend svc/cartservice:7070
      with the manifests of the current folder
  k8snet trace web-0 svc/api:80 -f k8s/ -f extra.yaml
      with those of a folder and a file
  kustomize build . | k8snet trace -f - web-0 svc/api
      with those of standard input
  k8snet trace web-0 svc/api --cni flannel -v
      every device, chain and rule
  k8snet trace web-0 svc/api --expect no-endpoints -q
      a test in a script
  k8snet trace web-0 svc/api -o json | jq -r '.paths[].symptom'
      for programs`;

/** Reads the arguments (without the program's name). Help and usage errors are written to `output`. */
export function readArguments(argv: readonly string[], output: ProgramOutput): Invocation {
  let invocation: Invocation = { command: 'none', exitCode: 0 };
  const program = newProgram(output);
  program.addCommand(
    traceCommand(program).action(
      (from: string, to: string | undefined, options: TraceOptions, self: Command) => {
        if (to === undefined && !from.includes('://')) self.error("error: missing required argument 'to'");
        const ends = to === undefined ? { from: 'internet', to: from } : { from, to };
        invocation = { command: 'trace', ...ends, options };
      },
    ),
  );
  try {
    program.parse(spreadFilenames(argv), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { command: 'none', exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return invocation;
}

function newProgram(output: ProgramOutput): Command {
  return new Command('k8snet')
    .description('Traces packets through Kubernetes manifests: does it arrive, by which hops, rewritten how.')
    .version(output.version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: output.out,
      writeErr: output.err,
      getOutHelpWidth: () => output.width,
      getErrHelpWidth: () => output.width,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('after', `${EXIT_CODES}\n${EXAMPLES}`);
}

function traceCommand(program: Command): Command {
  const command = new Command('trace')
    .copyInheritedSettings(program)
    .summary('the path of a packet, hop by hop, both ways')
    .description('Shows the path of a packet from FROM to TO, hop by hop, and what stops it.')
    .helpOption('-h, --help', 'print help')
    .argument('<from>', 'where the packet starts')
    .argument('[to]', 'where it goes')
    .addHelpText('after', TRACE_HELP);
  for (const spec of [...INPUT_OPTIONS, ...TRACE_OPTIONS, ...OUTPUT_OPTIONS])
    command.addOption(optionOf(spec));
  return command;
}

function optionOf(spec: OptionSpec): Option {
  const option = new Option(spec.flags, spec.text).helpGroup(`${spec.group}:`);
  const { value, choices } = spec;
  if (choices !== undefined) option.choices(choices);
  if (choices !== undefined && !spec.isOpen) option.default(choices[0]);
  if (spec.conflicts !== undefined) option.conflicts([...spec.conflicts]);
  if (spec.repeatable)
    option.argParser((text: string, before?: readonly string[]) => [...(before ?? []), text]);
  if (value !== undefined) {
    option.argParser((text: string) => {
      const read = value.read(text);
      if (read === undefined) throw new InvalidArgumentError(`It must be ${value.expected}.`);
      return read;
    });
  }
  return option;
}

/**
 * A shell turns `-f k8s/*.yaml` into `-f k8s/a.yaml k8s/b.yaml`: manifest files right behind `-f` belong to
 * it. (An option that takes every argument that follows would swallow FROM and TO.)
 */
function spreadFilenames(argv: readonly string[]): readonly string[] {
  const spread: string[] = [];
  let isList = false;
  for (const [index, argument] of argv.entries()) {
    const isValue = ['-f', '--filename'].includes(argv[index - 1] ?? '');
    const isMore: boolean = isList && !isValue && /^[^-].*\.(?:ya?ml|json)$/i.test(argument);
    if (isMore) spread.push('-f');
    spread.push(argument);
    isList = isValue || isMore;
  }
  return spread;
}
