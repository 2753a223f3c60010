/** What a renderer may know of the stream it writes for. */

import type { View } from '../render/renderer.ts';
import { lineText, type SourceFile } from '../source/file.ts';
import { colorLevel } from './color.ts';
import type { Io, Terminal } from './io.ts';
import { levelOf, type OutputOptions } from './options.ts';

const WIDEST = 100;
const PIPED_WIDTH = 80;

/** Columns of text: the terminal's up to 100, or 80 where none reads along. */
export function widthOf({ isTty, columns }: Terminal): number {
  return isTty && columns !== undefined ? Math.min(columns, WIDEST) : PIPED_WIDTH;
}

/** The view of one of the two output streams. @param files where code frames take their lines from. */
export function viewOf(
  io: Io,
  stream: 'stdout' | 'stderr',
  options: Omit<OutputOptions, 'output'>,
  files: readonly SourceFile[],
): View {
  const terminal = io[stream];
  const byName = new Map(files.map((file) => [file.name, file]));
  return {
    width: widthOf(terminal),
    color: colorLevel(options.color, io.env, terminal.isTty),
    unicode: options.ascii !== true,
    level: levelOf(options),
    readLine: (name, line) => {
      const file = byName.get(name);
      return file === undefined ? undefined : lineText(file, line);
    },
  };
}
