/**
 * Lines of text as spans, each with a tone that becomes colour only at the very end, so that widths are
 * always counted on plain text.
 */

/** good, bad: the result; mark: a decisive assumption; place: a hop's name; dim: where a step happens. */
export type Tone = 'good' | 'bad' | 'mark' | 'place' | 'dim';

export interface Span {
  readonly text: string;
  readonly tone?: Tone;
}

export type Line = readonly Span[];

/** The room that wrapped text has; columns count from 0. */
export interface Box {
  readonly width: number;
  /** Column where the first line begins; the caller has filled what is left of it. */
  readonly start: number;
  /** Column where the other lines begin. */
  readonly hang: number;
}

const COMBINING = /\p{Mn}|\p{Me}|\p{Cf}/u;
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
/** An address with or without a port: never cut. */
const ADDRESS = /^[([]?[\da-f.:]+(?:\/\d+)?\]?(?::\d+)?[),;]*$/i;

/** A span without a tone. */
export function plain(text: string): Span {
  return { text };
}

/** A span that says where something happens. */
export function dim(text: string): Span {
  return { text, tone: 'dim' };
}

/** Columns that a terminal needs for the text: none for combining marks, two for East Asian wide ones. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (COMBINING.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** Columns of a whole line. */
export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + displayWidth(span.text), 0);
}

/** The line with blanks behind it, up to a column. */
export function padLine(line: Line, column: number): Line {
  const missing = column - lineWidth(line);
  return missing > 0 ? [...line, plain(' '.repeat(missing))] : line;
}

/**
 * Breaks text at blanks so that no line is wider than the box; several blanks in a row are kept inside a
 * line. A word that is wider than a whole line is cut, an address is not.
 * @returns at least one line; the first without its left part, the others with theirs.
 */
export function wrap(text: Line, box: Box): readonly Line[] {
  const lines: Line[] = [];
  let line: Span[] = [];
  let used = box.start;
  let isEmpty = true;
  for (const { gap, word } of wordsOf(text, box.width - box.hang)) {
    const width = lineWidth(word);
    if (!isEmpty && used + gap + width > box.width) {
      lines.push(line);
      line = [plain(' '.repeat(box.hang))];
      used = box.hang;
      isEmpty = true;
    }
    const blanks = isEmpty ? 0 : gap;
    if (blanks > 0) line.push(blankBetween(line.at(-1), word[0], blanks));
    line.push(...word);
    used += blanks + width;
    isEmpty = false;
  }
  return [...lines, line];
}

/** As `wrap`, with the blanks to the left of the first line. */
export function wrapIndented(text: Line, box: Box): readonly Line[] {
  const [first = [], ...more] = wrap(text, box);
  return [[plain(' '.repeat(box.start)), ...first], ...more];
}

/** Blanks between two words of one tone have that tone too. */
function blankBetween(before: Span | undefined, after: Span | undefined, amount: number): Span {
  const blanks = plain(' '.repeat(amount));
  const tone = before?.tone;
  return tone !== undefined && tone === after?.tone ? { ...blanks, tone } : blanks;
}

interface Word {
  /** Blanks before it. */
  readonly gap: number;
  readonly word: Line;
}

/** The words of a text; neighbouring spans without a blank between them are one word. */
function wordsOf(text: Line, room: number): readonly Word[] {
  const words: Word[] = [];
  let gap = 0;
  let word: Span[] = [];
  const flush = () => {
    if (word.length > 0) words.push(...cutWord({ gap, word }, room));
    word = [];
    gap = 0;
  };
  for (const span of text) {
    for (const piece of span.text.split(/( +)/)) {
      if (piece === '') continue;
      if (piece.startsWith(' ')) {
        flush();
        gap += piece.length;
      } else {
        word.push({ ...span, text: piece });
      }
    }
  }
  flush();
  return words;
}

/** A word in parts that fit into the room. */
function cutWord(word: Word, room: number): readonly Word[] {
  const text = word.word.map((span) => span.text).join('');
  if (displayWidth(text) <= room || ADDRESS.test(text)) return [word];
  const parts: Word[] = [];
  for (const span of word.word) {
    const characters = [...span.text];
    const size = displayWidth(span.text) === characters.length ? room : room >> 1;
    let start = 0;
    while (start < characters.length) {
      const end = start + lengthOfPart(characters.slice(start, start + size + 1), size);
      const part = { ...span, text: characters.slice(start, end).join('') };
      parts.push({ gap: parts.length === 0 ? word.gap : 0, word: [part] });
      start = end;
    }
  }
  return parts;
}

/** Paths are cut behind a slash, names behind a hyphen, where one is not too near the beginning. */
function lengthOfPart(characters: readonly string[], size: number): number {
  if (characters.length <= size) return characters.length;
  const [slash, hyphen] = ['/', '-'].map((mark) => characters.lastIndexOf(mark, size - 1) + 1);
  return [slash, hyphen].find((length = 0) => length > size / 3) ?? size;
}
