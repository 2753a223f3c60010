/** What the parts of the text view share: the room, the glyphs and how much to tell. */

import type { Level, View } from '../renderer.ts';

/** The characters outside ASCII that the text draws with (ux 2.1: `→` flows, `⇒` rewrites, `›` nests). */
export interface Glyphs {
  readonly flows: string;
  readonly nests: string;
  readonly stops: string;
  readonly bar: string;
  readonly ellipsis: string;
}

export interface Page {
  readonly width: number;
  readonly level: Level;
  readonly unicode: boolean;
  readonly glyphs: Glyphs;
  /** A manifest line by file name and number (from 1). */
  readonly readLine: (file: string, line: number) => string | undefined;
}

/** Below this a line could not hold one IPv6 address with its port; the terminal breaks it instead. */
const NARROWEST = 64;

const UNICODE: Glyphs = { flows: '→', nests: '›', stops: '✗', bar: '│', ellipsis: '…' };
const ASCII: Glyphs = { flows: '->', nests: '>', stops: 'x', bar: '|', ellipsis: '...' };
const ASCII_SPELLINGS: readonly (readonly [string, string])[] = [
  ['→', '->'],
  ['⇒', '=>'],
  ['›', '>'],
  ['✗', 'x'],
  ['│', '|'],
  ['…', '...'],
];

/** Control characters but the line break, and what turns the direction of writing around. */
const CONTROL = /[^\P{Cc}\n]|[\u2028-\u202e\u2066-\u2069]/gu;

/** The page that a view asks for. */
export function pageOf(view: View): Page {
  return {
    width: Math.max(view.width, NARROWEST),
    level: view.level,
    unicode: view.unicode,
    glyphs: view.unicode ? UNICODE : ASCII,
    readLine: view.readLine ?? (() => undefined),
  };
}

/**
 * The answer with texts that a terminal can take: control characters (an escape sequence in a manifest
 * must not reach the terminal) become `?`, and arrows become ASCII where the view asks for it.
 */
export function spellAnswer<Answer>(answer: Answer, view: Pick<View, 'unicode'>): Answer {
  const spell = (_key: string, value: unknown): unknown =>
    typeof value === 'string' ? spellText(value, view) : value;
  return JSON.parse(JSON.stringify(answer), spell) as Answer;
}

/** One text as in `spellAnswer`; line breaks stay. */
export function spellText(text: string, view: Pick<View, 'unicode'>): string {
  const printable = text.replace(CONTROL, '?');
  if (view.unicode) return printable;
  return ASCII_SPELLINGS.reduce((spelled, [glyph, ascii]) => spelled.replaceAll(glyph, ascii), printable);
}
