/** The command line: the only importer of commander. It reads arguments and does nothing with them. */

import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { CommandEntry, Command as CommandSpec, Parsed } from './command.ts';
import { COMMAND_GROUPS } from './commands.ts';
import type { OptionSpec } from './options.ts';

/** What was asked for: a command, or nothing more than a help text or an error that is printed already. */
export type Invocation =
  | {
      readonly kind: 'command';
      readonly name: string;
      readonly command: CommandSpec;
      readonly parsed: Parsed;
    }
  | { readonly kind: 'done'; readonly exitCode: 0 | 2 };

/** Where help and errors about arguments go. */
export interface ProgramOutput {
  readonly width: number;
  readonly version: string;
  out(text: string): void;
  err(text: string): void;
}

const HELP = `
Exit codes:
  0  yes: reachable, found, at least one object
  1  no: unreachable, or only some paths arrive
  2  no answer: wrong usage, unreadable input, undetermined

Examples:
  k8snet trace deploy/frontend svc/cartservice:7070 -f k8s/
  k8snet explain cluster -f k8s/
  kubectl get -A -o yaml nodes,pods,services,endpointslices |
    k8snet trace --stored -f - shop/web-0 shop/svc/api`;

/**
 * Reads the arguments (without the program's name). Only the command that they name is loaded. Help and
 * usage errors are written to `output`.
 */
export async function readArguments(
  argv: readonly string[],
  output: ProgramOutput,
  commands: readonly CommandEntry[],
): Promise<Invocation> {
  let invocation: Invocation = { kind: 'done', exitCode: 0 };
  const program = newProgram(output);
  const named = namedCommand(argv, commands);
  for (const entry of commands) {
    const [word = '', own] = entry.name.split(' ');
    const parent = own === undefined ? program : groupParser(program, word);
    const parser = new Command(own ?? word).copyInheritedSettings(program).summary(entry.summary);
    parent.addCommand(parser, { hidden: entry.hidden ?? false });
    if (entry.name !== named) continue;
    const command = await entry.load();
    describe(parser, command).action(() => {
      // commander's own list leaves out optional arguments at the end.
      const declared = command.arguments.map((_, index): string | undefined => parser.args[index]);
      const values = [...declared, ...parser.args.slice(declared.length)];
      invocation = { kind: 'command', name: entry.name, command, parsed: { values, options: parser.opts() } };
    });
  }
  try {
    program.parse(spreadFilenames(helpLast(argv, commands)), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'done', exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return invocation;
}

/** The first word is the command, or the first two; `help trace` is about what comes behind. */
function namedCommand(argv: readonly string[], commands: readonly CommandEntry[]): string | undefined {
  const words = argv.filter((argument) => !argument.startsWith('-') && argument !== 'help');
  const two = words.slice(0, 2).join(' ');
  return commands.some(({ name }) => name === two) ? two : words[0];
}

/** `help dns config` as `dns config --help`, `help foo` as `foo`: commander's own help knows one word only. */
function helpLast(argv: readonly string[], commands: readonly CommandEntry[]): readonly string[] {
  const [first, word, ...more] = argv;
  if (first !== 'help' || word === undefined || word === 'help') return argv;
  const isKnown = commands.some(({ name }) => name === word || name.startsWith(`${word} `));
  return [word, ...more, ...(isKnown ? ['--help'] : [])];
}

/** The parser of the words behind a group's word. */
function groupParser(program: Command, name: string): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known !== undefined) return known;
  const summary = COMMAND_GROUPS.find((group) => group.name === name)?.summary ?? '';
  const parser = new Command(name)
    .copyInheritedSettings(program)
    .summary(summary)
    .description(summary)
    .helpOption('-h, --help', 'print help');
  program.addCommand(parser);
  return parser;
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
    .addHelpText('after', HELP);
}

function describe(parser: Command, command: CommandSpec): Command {
  parser
    .description(command.description)
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', command.help);
  for (const { name, text, choices } of command.arguments) {
    const argument = new Argument(name, text);
    if (choices !== undefined) argument.choices(choices);
    parser.addArgument(argument);
  }
  for (const spec of command.options) addOption(parser, spec);
  return parser;
}

function addOption(parser: Command, spec: OptionSpec): void {
  const option = optionOf(spec);
  parser.addOption(option);
  if (!spec.counted) return;
  const name = option.attributeName();
  let times = 0;
  // `-vv` is `-v -v`; commander tells each, but keeps no count.
  parser.on(`option:${option.name()}`, () => {
    times += 1;
    parser.setOptionValue(name, times);
  });
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
