/** A comparison as a table of what differs; with `-v` the traces below it. */

import type { ComparisonAnswer, ComparisonRow } from '../../query/comparison.ts';
import { isSuccess } from '../../trace/disposition.ts';
import type { Renderer, View } from '../renderer.ts';
import { fitCells } from './fit.ts';
import { gridLines } from './grid.ts';
import { plain, wrap } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { painter } from './style.ts';
import { traceRenderer } from './trace.ts';
import { DISPOSITION_WORDS, symptomWords } from './words.ts';

/** Where there is nothing to say. */
const NOTHING = '–';

const COLUMNS: readonly { readonly title: string; cell(row: ComparisonRow): string }[] = [
  { title: 'verdict', cell: verdict },
  { title: 'server sees', cell: ({ peer = NOTHING }) => peer },
  { title: 'X-Forwarded-For', cell: ({ forwardedFor = NOTHING }) => forwardedFor },
  { title: 'ttl', cell: ({ ttl }) => (ttl === undefined ? NOTHING : String(ttl)) },
  {
    title: 'rewrites',
    cell: ({ rewrites }) => rewrites.map((text) => text.split(' ')[0]).join(', ') || 'none',
  },
];

export const comparisonRenderer: Renderer<ComparisonAnswer> = {
  format: 'text',
  render(answer, view) {
    const page = pageOf(view);
    const spelled = spellAnswer(answer, view);
    const lines = [
      ...text(headline(spelled, page), page),
      '',
      ...table(spelled, page),
      ...roads(spelled, page),
    ];
    const traces = page.level === 'verbose' ? spelled.rows.map((row) => traceText(row, view)) : [];
    return `${[lines.join('\n'), ...traces].join('\n\n')}\n`;
  },
};

function headline({ question, of, rows }: ComparisonAnswer, { glyphs }: Page): string {
  return `${question.from} ${glyphs.flows} ${question.to}   ${rows.length} × ${of}`.replace(
    '×',
    glyphs.flows === '->' ? 'x' : '×',
  );
}

/** Columns in which all rows agree are said once, below. */
function table({ of, rows }: ComparisonAnswer, page: Page): readonly string[] {
  const differs = COLUMNS.filter(({ cell }) => new Set(rows.map(cell)).size > 1);
  const same = COLUMNS.filter((column) => !differs.includes(column));
  const cells = [
    [of, ...differs.map(({ title }) => title)],
    ...rows.map((row) => [row.value, ...differs.map(({ cell }) => cell(row))]),
  ];
  const [first] = rows;
  const told = same.filter(({ cell }) => first !== undefined && cell(first) !== NOTHING);
  const shared = first === undefined ? [] : told.map(({ title, cell }) => `${title} ${cell(first)}`);
  return [
    ...gridLines(fitCells(cells, { room: page.width - 2 }, page)).map((line) => `  ${line}`),
    ...(shared.length === 0 ? [] : ['', ...text(`same for all: ${shared.join('; ')}`, page)]),
  ];
}

/** Roads are long: a paragraph each. */
function roads({ rows }: ComparisonAnswer, page: Page): readonly string[] {
  const distinct = new Set(rows.map(({ road }) => road.join(' | ')));
  if (distinct.size < 2) return [];
  return [
    '',
    ...rows.flatMap(({ value, road, rewrites }) => [
      ...text(
        [`${value}  ${road.join(` ${page.glyphs.flows} `) || 'no node'}`, ...rewrites].join('; '),
        page,
      ),
    ]),
  ];
}

function text(line: string, page: Page): readonly string[] {
  const paint = painter(0);
  return wrap([plain(line)], { width: page.width, start: 0, hang: 4 }).map((each) => paint(each));
}

/** Of several paths the worst. */
function verdict({ result, disposition, symptom }: ComparisonRow): string {
  const words =
    result === 'ambiguous' ? `some paths: ${DISPOSITION_WORDS[disposition]}` : DISPOSITION_WORDS[disposition];
  return isSuccess(disposition) ? words : `${words}, ${symptomWords(symptom)}`;
}

function traceText({ value, trace }: ComparisonRow, view: View): string {
  return `${value}\n${traceRenderer.render(trace, { ...view, level: 'default' }).trimEnd()}`;
}
