/** Answers that are printed as blocks of lines with an empty line between them. */

import type { Renderer } from '../renderer.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { painter } from './style.ts';
import type { Block } from './table.ts';

/**
 * The text renderer of such an answer.
 * @param blocksOf its blocks, the headline first: `--brief` prints that one alone. Empty blocks are left out.
 */
export function blockRenderer<Answer>(
  blocksOf: (answer: Answer, page: Page) => readonly Block[],
): Renderer<Answer> {
  return {
    format: 'text',
    render(answer, view) {
      const paint = painter(view.color);
      const blocks = blocksOf(spellAnswer(answer, view), pageOf(view));
      return (view.level === 'brief' ? blocks.slice(0, 1) : blocks)
        .filter((block) => block.length > 0)
        .map((block) => block.map((line) => `${paint(line)}\n`).join(''))
        .join('\n');
    },
  };
}
