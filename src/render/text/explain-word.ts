/** The answer to `explain WORD` as people read it: one page. */

import type { WordAnswer, WordEntry } from '../../query/explain-word.ts';
import type { Renderer } from '../renderer.ts';
import { type Line, plain, wrap, wrapIndented } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { painter } from './style.ts';

const INDENT = 2;

export const wordRenderer: Renderer<WordAnswer> = {
  format: 'text',
  render(answer, view) {
    const page = pageOf(view);
    const paint = painter(view.color);
    const { word, entries } = spellAnswer(answer, view);
    return entries
      .map((entry) => entryLines(word, entry, page).map((line) => `${paint(line)}\n`))
      .map((lines) => lines.join(''))
      .join('\n');
  },
};

function entryLines(
  word: string,
  { sort, means, notes, examples = [] }: WordEntry,
  page: Page,
): readonly Line[] {
  const labelWidth = Math.max(0, ...notes.map(({ label }) => label.length)) + 2;
  return [
    [{ text: word, tone: 'place' }, plain(`   ${sort}`)],
    ...wrapIndented([plain(means)], { width: page.width, start: INDENT, hang: INDENT }),
    ...notes.flatMap(({ label, text }) => {
      const lead = ' '.repeat(INDENT) + label.padEnd(labelWidth);
      return wrap([plain(text)], { width: page.width, start: lead.length, hang: lead.length }).map(
        (line, index) => (index === 0 ? [plain(lead), ...line] : line),
      );
    }),
    ...examples.flatMap(({ label, text }) => [
      [],
      [plain(`${' '.repeat(INDENT)}${label}:`)],
      ...text
        .trimEnd()
        .split('\n')
        .map((line) => [plain(' '.repeat(2 * INDENT) + line)]),
    ]),
  ];
}
