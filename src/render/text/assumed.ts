/** What nobody said and the answer rests on, in one line; `*` where another value would change it. */

import type { AssumptionAnswer } from '../../query/answer.ts';
import { type Line, plain, type Span, wrap } from './layout.ts';
import type { Page } from './page.ts';

const LABEL = 'assumed  ';
/** An IPv6 socket address is never cut: so much room is left for one on a line that goes on. */
const ADDRESS_ROOM = 54;

/** The lines about assumptions; none if there are none. `-v` gives each its code and a line. */
export function assumedLines(assumptions: readonly AssumptionAnswer[], page: Page): readonly Line[] {
  if (assumptions.length === 0) return [];
  const hasDecisive = assumptions.some((assumption) => assumption.decisive);
  const legend: readonly Span[] = hasDecisive
    ? [plain('   ('), { text: '*', tone: 'mark' }, plain(' decides the result)')]
    : [];
  if (page.level === 'verbose') return codeLines(assumptions, legend, page);
  const texts = [...new Map(assumptions.map((one) => [`${one.text} ${one.decisive}`, one])).values()];
  const spans = texts.flatMap((assumption, index) => [
    plain(index === 0 ? assumption.text : `, ${assumption.text}`),
    ...star(assumption),
  ]);
  return wrap([plain(LABEL), ...spans, ...legend], { width: page.width, start: 0, hang: LABEL.length });
}

function star(assumption: AssumptionAnswer): readonly Span[] {
  return assumption.decisive ? [{ text: '*', tone: 'mark' }] : [];
}

function codeLines(
  assumptions: readonly AssumptionAnswer[],
  legend: readonly Span[],
  page: Page,
): readonly Line[] {
  const codeWidth = Math.max(...assumptions.map((assumption) => assumption.code.length));
  const room = Math.max(LABEL.length, page.width - ADDRESS_ROOM);
  const hang = Math.min(LABEL.length + codeWidth + 2, room);
  return assumptions.flatMap((assumption, index) => {
    const values = assumption.values === undefined ? '' : `: ${assumption.values.join(', ')}`;
    const spans = [
      plain(`${assumption.code.padEnd(codeWidth + 2)}${assumption.text}`),
      ...star(assumption),
      plain(values),
      ...(index === assumptions.length - 1 ? legend : []),
    ];
    const [first = [], ...more] = wrap(spans, { width: page.width, start: LABEL.length, hang });
    return [[plain(index === 0 ? LABEL : ' '.repeat(LABEL.length)), ...first], ...more];
  });
}
