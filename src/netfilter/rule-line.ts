/** Lines of loadable text. Writers give them in bunches (a chain, a set), so that a node of any size needs little memory. */

import type { SourceRef } from '../source/ref.ts';

/** A line without its line break. */
export interface RuleLine {
  readonly text: string;
  /** The manifest fields that the line is made from; undefined: it is about no rule or element (`COMMIT`). */
  readonly origin: readonly SourceRef[] | undefined;
}

/** Read once; a bunch is made when it is asked for. Not a line at a time, since each takes a step of a generator. */
export type RuleLines = Iterable<readonly RuleLine[]>;

/** A line about no rule or element. */
export function plainLine(text: string): RuleLine {
  return { text, origin: undefined };
}

/** The lines' texts, one by one. */
export function* textsOf(lines: RuleLines): Generator<string> {
  for (const bunch of lines) for (const { text } of bunch) yield text;
}

/** The lines as one text. */
export function textOf(lines: RuleLines): string {
  let text = '';
  for (const bunch of lines) for (const line of bunch) text += `${line.text}\n`;
  return text;
}
