/** `diff --routes` as people read it: which requests another backend gets, with one of each sort, and whose rules they are. */

import type {
  OutcomeAnswer,
  RoutingChange,
  RoutingDiffAnswer,
} from '../../query/routing-diff/routing-diff-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from '../text/assumed.ts';
import { blockRenderer } from '../text/block-page.ts';
import { findingLines } from '../text/findings.ts';
import { dim, type Line, plain, type Span, type Tone, wrap, wrapIndented } from '../text/layout.ts';
import type { Page } from '../text/page.ts';
import { placeText } from '../text/sources.ts';
import { type Block, indented } from '../text/table.ts';
import { count } from '../text/words.ts';

/** More differences of a sort than these are counted, unless with `-v`. */
const MOST_CHANGES = 20;

export const routingDiffRenderer: Renderer<RoutingDiffAnswer> = blockRenderer((answer, page) => [
  headline(answer, page),
  changeBlock({ title: 'No longer answered', mark: '-', tone: 'bad' }, answer.removed, page),
  changeBlock({ title: 'Answered otherwise', mark: '~', tone: 'mark' }, answer.changed, page),
  changeBlock({ title: 'Newly answered', mark: '+', tone: 'good' }, answer.added, page),
  findingLines(answer.diagnostics, page),
  assumedLines(answer.assumptions, page),
]);

/** `old/ → new/   every request is answered alike   212 classes of requests`. */
function headline({ old, new: fresh, summary }: RoutingDiffAnswer, { glyphs, width }: Page): Block {
  const { removed, changed, added, requests, same } = summary;
  const isSame = removed + changed + added === 0;
  const parts = [
    ...(removed === 0 ? [] : [`${removed} lost`]),
    ...(changed === 0 ? [] : [`${changed} other`]),
    ...(added === 0 ? [] : [`${added} new`]),
  ];
  const state: Span = isSame
    ? { text: 'every request is answered alike', tone: 'good' }
    : { text: parts.join(', '), tone: 'bad' };
  const asked = isSame
    ? `   ${count(requests, 'class')}`.replace(/classs$/, 'classes')
    : `   ${same} of ${requests} classes of requests are the same`;
  return wrap([plain(`${old} ${glyphs.flows} ${fresh}   `), state, plain(asked)], {
    width,
    start: 0,
    hang: 2,
  });
}

interface Sort {
  readonly title: string;
  readonly mark: string;
  readonly tone: Tone;
}

function changeBlock({ title, mark, tone }: Sort, changes: readonly RoutingChange[], page: Page): Block {
  if (changes.length === 0) return [];
  const shown = page.level === 'verbose' ? changes : changes.slice(0, MOST_CHANGES);
  const hidden = changes.length - shown.length;
  return [
    [{ text: `${title}  ${changes.length}`, tone: 'place' }],
    ...shown.flatMap((change) => changeLines(change, { mark, tone }, page)),
    ...(hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)]),
  ];
}

function changeLines(
  change: RoutingChange,
  { mark, tone }: Omit<Sort, 'title'>,
  page: Page,
): readonly Line[] {
  const { subject, before, after, old, new: fresh, requests } = change;
  const more = requests === 1 ? '' : `   (and ${requests - 1} alike)`;
  const [first = [], ...rest] = wrapIndented([plain(subject), dim(more)], {
    width: page.width,
    start: 4,
    hang: 6,
  });
  return [
    [plain('  '), { text: mark, tone }, plain(' '), ...first.slice(1)],
    ...rest,
    ...sideLines('was', before, old, page),
    ...sideLines('is', after, fresh, page),
  ];
}

function sideLines(
  word: string,
  text: string,
  { by, matched, at }: OutcomeAnswer,
  page: Page,
): readonly Line[] {
  const rule = matched === undefined ? by : `${by} ${matched}`;
  const place = at === undefined ? '' : `   ${placeText(at)}`;
  return [
    ...wrapIndented([plain(word.padEnd(5)), plain(text)], { width: page.width, start: 6, hang: 11 }),
    ...wrapIndented([dim(`${rule}${place}`)], { width: page.width, start: 11, hang: 13 }),
  ];
}
