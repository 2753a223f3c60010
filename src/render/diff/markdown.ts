/** A comparison as a comment of a pull request: the summary, then each aspect, folded. */

import { ASPECTS, type DiffAnswer } from '../../query/diff/diff-answer.ts';
import { markdownCell, markdownCode } from '../markdown.ts';
import type { Renderer } from '../renderer.ts';
import {
  ASPECT_TITLES,
  causeWords,
  changeCount,
  markedChanges,
  subjectWords,
  summaryWords,
  valueWords,
} from './words.ts';

/** A comment may have 65,536 characters (GitHub). */
const MOST_ROWS = 100;

export const diffMarkdownRenderer: Renderer<DiffAnswer> = {
  format: 'markdown',
  render(answer) {
    const words = summaryWords(answer);
    const head = [
      `### k8snet: ${changeCount(answer)}${words.length === 0 ? '' : `: ${words.join(', ')}`}`,
      '',
      `\`${answer.old}\` → \`${answer.new}\``,
      '',
    ];
    return [...head, ...ASPECTS.flatMap((aspect) => section(answer, aspect))].join('\n');
  },
};

function section(answer: DiffAnswer, aspect: (typeof ASPECTS)[number]): readonly string[] {
  const changes = markedChanges(answer, aspect);
  if (changes.length === 0) return [];
  const rows = changes.slice(0, MOST_ROWS).map(({ mark, change }) => {
    const [cause, ...more] = change.because;
    const place = cause === undefined ? '' : markdownCode(causeWords(cause).place);
    const rest = more.length === 0 ? '' : ` and ${more.length} more`;
    return `| ${mark} | ${markdownCell(subjectWords(change))} | ${markdownCell(valueWords(change, { arrow: '→', isWhole: false }))} | ${place}${rest} |`;
  });
  const hidden = changes.length - rows.length;
  return [
    `<details${aspect === 'connections' || aspect === 'exposure' ? ' open' : ''}>`,
    `<summary>${ASPECT_TITLES[aspect]} (${changes.length})</summary>`,
    '',
    '| | what | value | because |',
    '|---|---|---|---|',
    ...rows,
    ...(hidden > 0 ? ['', `and ${hidden} more`] : []),
    '',
    '</details>',
    '',
  ];
}
