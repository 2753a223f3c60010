/** A comparison as people read it: by aspect, what is gone, other and new, each with the lines that cause it. */

import { groupBy } from '../../collections/grouping.ts';
import { ASPECTS, type Aspect, type CauseAnswer, type DiffAnswer } from '../../query/diff/diff-answer.ts';
import type { Renderer } from '../renderer.ts';
import { blockRenderer } from '../text/block-page.ts';
import { dim, type Line, plain, type Span, type Tone, wrap, wrapIndented } from '../text/layout.ts';
import { type Page, spellText } from '../text/page.ts';
import type { Block } from '../text/table.ts';
import {
  ASPECT_TITLES,
  causeWords,
  changeCount,
  type Mark,
  type MarkedChange,
  markedChanges,
  subjectWords,
  summaryWords,
  valueWords,
} from './words.ts';

const TONES: Readonly<Record<Mark, Tone>> = { '-': 'bad', '~': 'mark', '+': 'good' };
/** Changes of an aspect, and places of a change; with `-v` all. */
const MOST_CHANGES = 25;
const MOST_CAUSES = 3;

export const diffTextRenderer: Renderer<DiffAnswer> = blockRenderer((answer, page) => [
  headline(answer, page),
  ...ASPECTS.map((aspect) => aspectBlock(answer, aspect, page)),
  silentBlock(answer, page),
]);

/** `main → HEAD   12 changes: 2 connections lost`. */
function headline(answer: DiffAnswer, { glyphs, width }: Page): Block {
  const words = summaryWords(answer);
  const count = changeCount(answer);
  const isBad = answer.summary.lostConnections + answer.summary.newExposure + answer.summary.newFindings > 0;
  const spans: Span[] = [
    plain(`${answer.old} ${glyphs.flows} ${answer.new}   `),
    { text: count, tone: isBad ? 'bad' : 'good' },
    plain(words.length === 0 ? '' : `   ${words.join(', ')}`),
  ];
  return wrap(spans, { width, start: 0, hang: 2 });
}

function aspectBlock(answer: DiffAnswer, aspect: (typeof ASPECTS)[number], page: Page): Block {
  const changes = markedChanges(answer, aspect);
  if (changes.length === 0) return [];
  const shown = page.level === 'verbose' ? changes : changes.slice(0, MOST_CHANGES);
  const hidden = changes.length - shown.length;
  return [
    [{ text: ASPECT_TITLES[aspect], tone: 'place' }],
    ...byCause(shown).flatMap((group) => groupLines(group, page)),
    ...(hidden > 0 ? [[plain(`  and ${hidden} more (-v shows all)`)]] : []),
  ];
}

interface CauseGroup {
  readonly changes: readonly MarkedChange[];
  readonly because: readonly CauseAnswer[];
}

/** Changes with the same causes stand together, and their places once below them. */
function byCause(changes: readonly MarkedChange[]): readonly CauseGroup[] {
  const groups = groupBy(changes, ({ change: { because } }) =>
    because.map(({ file, line, column }) => `${file}:${line}:${column}`).join(' '),
  );
  return [...groups.values()].map((group) => ({ changes: group, because: group[0]?.change.because ?? [] }));
}

function groupLines({ changes, because }: CauseGroup, page: Page): readonly Line[] {
  return [
    ...changes.flatMap((change) => changeLines(change, page)),
    ...causeLines(because, page, changes[0]?.change.aspect),
  ];
}

function changeLines({ mark, change }: MarkedChange, { width, unicode, level }: Page): readonly Line[] {
  const value = spellText(valueWords(change, { arrow: '⇒', isWhole: level === 'verbose' }), { unicode });
  const spans: Span[] = [plain(subjectWords(change)), plain(value === '' ? '' : `   ${value}`)];
  const lines = wrapIndented(spans, { width, start: 4, hang: 6 });
  return lines.map((line, index) =>
    index === 0 ? [plain('  '), { text: mark, tone: TONES[mark] }, plain(' '), ...line.slice(1)] : line,
  );
}

function causeLines(because: readonly CauseAnswer[], page: Page, aspect?: Aspect): readonly Line[] {
  const shown = page.level === 'verbose' ? because : because.slice(0, MOST_CAUSES);
  const hidden = because.length - shown.length;
  return [
    ...shown.flatMap((cause) => {
      const { place, what } = causeWords(cause, aspect);
      return wrapIndented([plain(place), dim(`  ${what}`)], { width: page.width, start: 6, hang: 8 });
    }),
    ...(hidden > 0 ? [[plain(`      and ${hidden} more`)]] : []),
  ];
}

/** Objects that differ and change nothing of what is compared: with `-v`, or where nothing else is there. */
function silentBlock({ added, removed, changed, objects }: DiffAnswer, page: Page): Block {
  const told = new Set(
    [...added, ...removed, ...changed].flatMap(({ because }) => because.map(({ object }) => object)),
  );
  const silent = objects.filter(({ object }) => !told.has(object));
  if (silent.length === 0) return [];
  if (page.level !== 'verbose') {
    const count = silent.length === 1 ? '1 object differs' : `${silent.length} objects differ`;
    return wrap(
      [
        dim(
          `${count} and changes none of that (-v lists)`.replace(/differ and changes/, 'differ and change'),
        ),
      ],
      {
        width: page.width,
        start: 0,
        hang: 2,
      },
    );
  }
  return [[plain('differs and changes nothing of that')], ...causeLines(silent, page)];
}
