/** What turns an answer into the bytes of one output format. */

/** How much is told: line 1 only, the walk, or every step of it. */
export type Level = 'brief' | 'default' | 'verbose';

/** What a renderer may know of the place that its text goes to. */
export interface View {
  /** Columns of a line. */
  readonly width: number;
  /** chalk's level: none, 16 colours, 256, 16 million. */
  readonly color: 0 | 1 | 2 | 3;
  /** May arrows, check marks and rules be drawn with characters outside ASCII? */
  readonly unicode: boolean;
  readonly level: Level;
  /** A manifest line (counted from 1) of a file named in the answer, for code frames. */
  readonly readLine?: (file: string, line: number) => string | undefined;
}

export interface Renderer<Answer> {
  readonly format: string;
  /** The whole output, with its final newline. */
  render(answer: Answer, view: View): string;
}

/** An output format of one kind of answer, as `-o` names it; loaded when it is asked for. */
export interface Format<Answer> {
  readonly name: string;
  load(): Promise<Renderer<Answer>>;
}

/** What turns an answer that is too large for memory into lines, one by one. */
export interface StreamRenderer<Answer> {
  readonly format: string;
  /** Lines without their line breaks. */
  lines(answer: Answer): Iterable<string>;
}
