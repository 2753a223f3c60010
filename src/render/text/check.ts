/** The answer to `check` as people read it: one clickable line a finding, its reason below, and a last line that counts. */

import type { CheckAnswer, CheckSummary, Finding, RelatedPlace } from '../../checks/finding.ts';
import type { Renderer } from '../renderer.ts';
import { frameLines } from './frame.ts';
import { dim, type Line, plain, type Tone, wrap, wrapIndented } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { painter } from './style.ts';

const INDENT = 2;
const LABEL_INDENT = 4;
const LABEL_WIDTH = 10;
const GAP = '   ';
const TONES: Readonly<Record<Finding['severity'], Tone>> = { error: 'bad', warning: 'mark', info: 'dim' };
/** Effects of a finding that are listed; the rest is counted, unless with `-v`. */
const MOST_PLACES = 4;

export const checkRenderer: Renderer<CheckAnswer> = {
  format: 'text',
  render(answer, view) {
    const page = pageOf(view);
    const paint = painter(view.color);
    const { findings, ignored, summary, gone = [] } = spellAnswer(answer, view);
    const lines = [
      ...(page.level === 'brief' ? [] : findings.flatMap((finding) => findingLines(finding, page))),
      ...(page.level === 'verbose' ? ignored.flatMap(ignoredLines) : []),
      ...(page.level === 'brief' ? [] : goneLines(gone)),
      summaryLine(summary),
    ];
    return lines.map((line) => `${paint(line)}\n`).join('');
  },
};

function findingLines(finding: Finding, page: Page): readonly Line[] {
  const { file, line, column, severity, rule, message, help, gated } = finding;
  const readLine = (number: number) => page.readLine(file, number);
  const name = gated === undefined ? rule : `${rule}  (${gated.rule})`;
  return [
    [plain(`${file}:${line}:${column}  `), { text: severity, tone: TONES[severity] }, plain(`  ${name}`)],
    ...wrapIndented([plain(message)], { width: page.width, start: INDENT, hang: INDENT }),
    ...(severity === 'info' && page.level !== 'verbose'
      ? []
      : frameLines({ location: finding, readLine }, page)),
    ...relatedLines(finding.related, page),
    ...labelled('help', help, page),
    ...(page.level === 'verbose' ? labelled('why', finding.why, page) : []),
    ...(finding.source === undefined ? [] : labelled('from', finding.source.template, page)),
    [],
  ];
}

function relatedLines(related: readonly RelatedPlace[], page: Page): readonly Line[] {
  const shown = page.level === 'verbose' ? related : related.slice(0, MOST_PLACES);
  const hidden = related.length - shown.length;
  return [
    ...shown.flatMap((one) => placeLines(one, page)),
    ...(hidden > 0 ? labelled('', `and ${hidden} more (-v shows all)`, page) : []),
  ];
}

/** The place whole, so that it can be clicked; what is there beside it, or below where that has no room. */
function placeLines(
  { role, file, line, column, object, message }: RelatedPlace,
  page: Page,
): readonly Line[] {
  const place = `${file}:${line}:${column}`;
  const about = role === 'effect' ? message : `${object} ${message}`;
  if (place.length + about.length + GAP.length <= page.width - LABEL_INDENT - LABEL_WIDTH) {
    return labelled(LABELS[role], place + GAP + about, page);
  }
  return [[dim(labelText(LABELS[role])), plain(place)], ...labelled('', about, page)];
}

const LABELS: Readonly<Record<RelatedPlace['role'], string>> = {
  evidence: 'see',
  closest: 'closest',
  effect: 'effect',
  gate: 'unless',
};

function labelled(label: string, text: string, page: Page): readonly Line[] {
  const hang = LABEL_INDENT + LABEL_WIDTH;
  return wrap([plain(text)], { width: page.width, start: hang, hang }).map((line, index) =>
    index === 0 ? [dim(labelText(label)), ...line] : line,
  );
}

function labelText(label: string): string {
  return ' '.repeat(LABEL_INDENT) + label.padEnd(LABEL_WIDTH);
}

function ignoredLines({
  file,
  line,
  column,
  rule,
  object,
  ignored,
}: CheckAnswer['ignored'][number]): readonly Line[] {
  return [[dim(`${file}:${line}:${column}  ignored  ${rule}  ${object}: ${ignored.reason}`)]];
}

function goneLines(gone: NonNullable<CheckAnswer['gone']>): readonly Line[] {
  if (gone.length === 0) return [];
  return [
    ...gone.map(({ rule, object }) => [dim(`mended: ${rule}  ${object}`)]),
    [
      plain(
        `${count(gone.length, 'finding')} of the baseline ${gone.length === 1 ? 'is' : 'are'} mended: --prune-baseline`,
      ),
    ],
    [],
  ];
}

/** `2 errors, 1 warning, 4 infos in 31 objects from 30 files`. */
function summaryLine({ errors, warnings, infos, ignored, objects, files, unreadable }: CheckSummary): Line {
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
    ...(infos > 0 ? [count(infos, 'info')] : []),
  ];
  const found = parts.length === 0 ? 'no findings' : parts.join(', ');
  const hidden = ignored === 0 ? '' : ` (${ignored} ignored)`;
  const unread = unreadable === 0 ? '' : `; ${count(unreadable, 'document')} could not be read`;
  return [
    { text: found, tone: errors > 0 ? 'bad' : warnings > 0 ? 'mark' : 'good' },
    plain(`${hidden} in ${count(objects, 'object')} from ${count(files, 'file')}${unread}`),
  ];
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
