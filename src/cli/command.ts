/** A command of the program: what it takes, as data for the argument parser, and what runs it. */

import type { ExitCode } from './exit-code.ts';
import type { Io } from './io.ts';
import type { OptionSpec } from './options.ts';

/** The arguments as the parser leaves them. Each command knows the types of its own options. */
export interface Parsed {
  /** In the order of `Command.arguments`; undefined for an optional one that was left out. */
  readonly values: readonly (string | undefined)[];
  readonly options: unknown;
}

export interface Progress {
  /** Told what the command does next, for the message about a bug. */
  enter(stage: string): void;
  /** All commands of the program. */
  readonly commands: readonly CommandEntry[];
}

export interface Command {
  readonly description: string;
  /** `<from>`: required, `[to]`: optional. */
  readonly arguments: readonly {
    readonly name: string;
    readonly text: string;
    readonly choices?: readonly string[];
  }[];
  readonly options: readonly OptionSpec[];
  /** What the help says behind the options: references, exit codes, examples. */
  readonly help: string;
  /** @throws UsageError */
  run(io: Io, parsed: Parsed, progress: Progress): Promise<ExitCode>;
}

/** A command as the list of all of them has it: enough for the help, and a way to the rest. */
export interface CommandEntry {
  /** One word, or the group's word and its own: `dns config`. */
  readonly name: string;
  readonly summary: string;
  /** Not in the help: for other programs. */
  readonly hidden?: true;
  load(): Promise<Command>;
}

/** The commands that a group's word stands before, as the help has them. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
}
