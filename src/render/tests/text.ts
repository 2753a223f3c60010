/** The results of assertions as people read them: what does not hold, with the walk; with `-v` also what holds. */

import type { PairAnswer, TestAnswer, TestResult } from '../../query/assertions/test-answer.ts';
import type { Renderer, View } from '../renderer.ts';
import { dnsLookupRenderer } from '../text/dns-lookup.ts';
import { gridLines } from '../text/grid.ts';
import { type Line, plain, type Span, wrap } from '../text/layout.ts';
import { type Page, pageOf, spellAnswer } from '../text/page.ts';
import { painter } from '../text/style.ts';
import { traceRenderer } from '../text/trace.ts';
import { count } from '../text/words.ts';

const INDENT = 4;

export const testTextRenderer: Renderer<TestAnswer> = {
  format: 'text',
  render(answer, view) {
    const page = pageOf(view);
    const paint = painter(view.color);
    const spelled = spellAnswer(answer, view);
    const isVerbose = page.level === 'verbose';
    const shown = spelled.tests.filter(({ status }) => isVerbose || status !== 'passed');
    const blocks = [headline(spelled, page), ...shown.map((test) => heading(test, page))];
    const [first = [], ...rest] = blocks.map((lines) => lines.map((line) => `${paint(line)}\n`).join(''));
    if (page.level === 'brief') return String(first);
    const texts = rest.map((head, index) => {
      const test = shown[index];
      const details = test === undefined ? '' : detailsText(test, view);
      return `\n${head}${details === '' ? '' : `\n${details}`}`;
    });
    return `${first}${texts.join('').replaceAll(/\n{3,}/g, '\n\n')}`;
  },
};

/** `12 tests   2 fail`, the files counted where there are several. */
function headline({ summary }: TestAnswer, page: Page): readonly Line[] {
  const { total, passed, failed, unanswered, files } = summary;
  const asked = plain(`${count(total, 'test')} in ${count(files, 'file')}   `);
  const box = { width: page.width, start: 0, hang: 2 };
  if (total === 0) return wrap([asked, { text: 'nothing was asked', tone: 'bad' }], box);
  if (passed === total) return wrap([asked, { text: total === 1 ? 'holds' : 'all hold', tone: 'good' }], box);
  const words = [
    ...(failed > 0 ? [verb(failed, 'fail')] : []),
    ...(unanswered > 0 ? [`${unanswered} cannot be answered`] : []),
  ];
  const rest = passed > 0 ? [plain(`   ${verb(passed, 'hold')}`)] : [];
  return wrap([asked, { text: words.join(', '), tone: 'bad' }, ...rest], box);
}

function verb(amount: number, word: string): string {
  return `${amount} ${word}${amount === 1 ? 's' : ''}`;
}

/** The place first, so that a terminal makes it clickable; then what was asked, and what came out. */
function heading(test: TestResult, page: Page): readonly Line[] {
  const { status, at, name, question, reason } = test;
  const mark: Span = status === 'passed' ? plain('  ') : { text: `${page.glyphs.stops} `, tone: 'bad' };
  const place = `${at.file}:${at.line}:${at.column}`;
  const box = { width: page.width, start: INDENT, hang: INDENT + 2 };
  const rows = [
    ...(name === question ? [] : [question]),
    ...outcome(test),
    ...(reason === undefined ? [] : [`reason  ${reason}`]),
  ];
  return [
    ...wrap([mark, { text: place, tone: 'place' }, plain(`  ${name}`)], { ...box, start: 0, hang: INDENT }),
    ...rows.flatMap((row) =>
      wrap([plain(row)], box).map((line, index) =>
        index === 0 ? [plain(' '.repeat(INDENT)), ...line] : line,
      ),
    ),
  ];
}

function outcome({ status, expected, actual }: TestResult): readonly string[] {
  switch (status) {
    case 'passed':
      return [];
    case 'failed':
      return [`expected ${expected}, is ${actual}`];
    case 'unanswered':
      return [`expected ${expected}; no answer: ${actual}`];
  }
}

/** Why it does not hold: the pairs, the rules that matched, the walk. */
export function detailsText(test: TestResult, view: View): string {
  const inner: View = { ...view, width: view.width - INDENT, level: 'default' };
  const parts = [
    pairsText(test, view),
    requestText(test),
    test.trace === undefined ? '' : traceRenderer.render(test.trace, inner),
    test.lookup === undefined ? '' : dnsLookupRenderer.render(test.lookup, inner),
  ].filter((part) => part !== '');
  return parts.map((part) => indent(part)).join('\n');
}

function pairsText({ pairs = [], pairCount = 0 }: TestResult, view: View): string {
  if (pairs.length === 0) return '';
  const { glyphs } = pageOf(view);
  const rows = gridLines(
    pairs.map(({ from, to, ports }: PairAnswer) => [`${from} ${glyphs.flows} ${to}`, ports]),
  );
  const hidden = pairCount - pairs.length;
  return `${[...rows, ...(hidden > 0 ? [`and ${hidden} more`] : [])].join('\n')}\n`;
}

function requestText({ request }: TestResult): string {
  if (request === undefined) return '';
  const { matched, at, reason } = request.request;
  const place = at === undefined ? '' : `  ${at.file}:${at.line}`;
  const rows = [
    ...(matched === undefined ? [] : [`taken by  ${matched}${place}`]),
    `because   ${reason}`,
    ...request.losers.map(
      (loser) => `not       ${loser.rule}  ${loser.at.file}:${loser.at.line}: ${loser.reason}`,
    ),
  ];
  return `${rows.join('\n')}\n`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(INDENT));
}
