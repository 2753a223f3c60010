/**
 * Texts that a regular expression matches: the shortest way through it, and one with something in every place.
 * It reads what paths are made of; where it does not understand a pattern, there is no text.
 */

import { compilePattern } from '../../l7/match.ts';

type Taste = 'short' | 'full';

interface Reading {
  readonly source: string;
  at: number;
}

/** Such texts; none where the pattern has something that is not understood. */
export function patternWitnesses(source: string): readonly string[] {
  const pattern = compilePattern(`^(?:${source})`, 'case');
  if (pattern === undefined) return [];
  const texts = (['short', 'full'] as const).map((taste) => {
    const reading: Reading = { source: source.replace(/^\(\?[a-z]+\)/, ''), at: 0 };
    const text = alternatives(reading, taste);
    return reading.at === reading.source.length ? text : undefined;
  });
  return [...new Set(texts)].flatMap((text) =>
    text !== undefined && pattern.match(text) !== undefined ? [text.startsWith('/') ? text : `/${text}`] : [],
  );
}

/** One of several, divided by `|`. */
function alternatives(reading: Reading, taste: Taste): string {
  const texts = [sequence(reading, taste)];
  while (reading.source[reading.at] === '|') {
    reading.at += 1;
    texts.push(sequence(reading, taste));
  }
  const ordered = [...texts].sort((a, b) => a.length - b.length);
  return (taste === 'short' ? ordered[0] : texts.find((text) => text !== '')) ?? '';
}

function sequence(reading: Reading, taste: Taste): string {
  let text = '';
  while (reading.at < reading.source.length && !'|)'.includes(reading.source[reading.at] ?? '')) {
    const start = reading.at;
    const part = repeated(reading, atom(reading, taste), taste);
    if (reading.at === start) return text;
    text += part;
  }
  return text;
}

/** One thing: a group, a class, an escape, a character. */
function atom(reading: Reading, taste: Taste): string {
  const character = reading.source[reading.at] ?? '';
  reading.at += 1;
  switch (character) {
    case '(': {
      const kind = /^\?(?::|P?<\w+>)/.exec(reading.source.slice(reading.at));
      reading.at += kind?.[0].length ?? 0;
      const text = alternatives(reading, taste);
      if (reading.source[reading.at] === ')') reading.at += 1;
      return text;
    }
    case '[':
      return oneOfClass(reading);
    case '\\':
      return escaped(reading);
    case '.':
      return 'a';
    case '^':
    case '$':
      return '';
    default:
      return character;
  }
}

function escaped(reading: Reading): string {
  const character = reading.source[reading.at] ?? '';
  reading.at += 1;
  const known: Readonly<Record<string, string>> = {
    d: '7',
    w: 'a',
    s: ' ',
    S: 'a',
    D: 'a',
    W: '-',
    b: '',
    z: '',
    A: '',
  };
  return known[character] ?? character;
}

/** A character that the class holds. */
function oneOfClass(reading: Reading): string {
  const end = reading.source.indexOf(']', reading.at + 1);
  if (end < 0) return '';
  const inside = reading.source.slice(reading.at, end);
  reading.at = end + 1;
  const single = compilePattern(`^[${inside}]$`, 'case');
  return (
    ['a', '7', 'A', '-', '_', '.', '/'].find((text) => single?.match(text) !== undefined) ??
    inside.slice(0, 1)
  );
}

/** What stands behind a thing says how often it comes. */
function repeated(reading: Reading, text: string, taste: Taste): string {
  const [quantifier = ''] = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/.exec(reading.source.slice(reading.at)) ?? [];
  reading.at += quantifier.length;
  if (quantifier.startsWith('*')) return taste === 'short' ? '' : text.repeat(2);
  if (quantifier.startsWith('?')) return taste === 'short' ? '' : text;
  const least = /^\{(\d+)/.exec(quantifier)?.[1];
  return least === undefined ? text : text.repeat(Math.min(Number(least), 64));
}
