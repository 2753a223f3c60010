/** How colourful a stream is. chalk 5 knows nothing of NO_COLOR, so it is decided here. */

import type { View } from '../render/renderer.ts';
import type { Io } from './io.ts';

export type ColorChoice = 'auto' | 'always' | 'never';

/**
 * The option wins, then NO_COLOR (no-color.org: set and not empty), then FORCE_COLOR (force-color.org, with
 * chalk's levels 0 to 3), then whether a terminal reads along.
 */
export function colorLevel(choice: ColorChoice, env: Io['env'], isTty: boolean): View['color'] {
  if (choice === 'never') return 0;
  if (choice === 'always') return Math.max(1, terminalLevel(env)) as View['color'];
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forcedLevel(forced);
  return isTty ? terminalLevel(env) : 0;
}

function forcedLevel(value: string): View['color'] {
  if (value === 'false' || value === '0') return 0;
  if (value === '2') return 2;
  return value === '3' ? 3 : 1;
}

function terminalLevel(env: Io['env']): View['color'] {
  const term = env['TERM'] ?? '';
  if (term === 'dumb') return 0;
  if (/^(?:truecolor|24bit)$/.test(env['COLORTERM'] ?? '')) return 3;
  return term.endsWith('256color') ? 2 : 1;
}
