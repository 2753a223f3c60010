/** Colour: the only importer of chalk. It adds nothing that the text does not say. */

import { Chalk, type ChalkInstance } from 'chalk';
import type { View } from '../renderer.ts';
import type { Line, Span, Tone } from './layout.ts';

/** Writes a line with the colours of its tones. */
export type Paint = (line: Line) => string;

/** The painter for a colour level; at level 0 it only joins the spans. */
export function painter(level: View['color']): Paint {
  const chalk = new Chalk({ level });
  const tones: Readonly<Record<Tone, ChalkInstance>> = {
    good: chalk.green,
    bad: chalk.red,
    mark: chalk.yellow,
    place: chalk.bold,
    dim: chalk.dim,
  };
  return (line) =>
    mergeTones(line)
      .map((span) => (span.tone === undefined ? span.text : tones[span.tone](span.text)))
      .join('')
      .trimEnd();
}

/** Neighbouring spans of one tone as one, so that each stretch of colour is switched on once. */
function mergeTones(line: Line): Line {
  const merged: Span[] = [];
  for (const span of line) {
    const last = merged.at(-1);
    if (last !== undefined && last.tone === span.tone) {
      merged[merged.length - 1] = { ...span, text: last.text + span.text };
    } else {
      merged.push(span);
    }
  }
  return merged;
}
