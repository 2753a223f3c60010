/** The answer to `dns lookup` as people read it: each question, what came of it, and who said so. */

import type { DnsLookupAnswer, QueryAnswer } from '../../query/dns-lookup-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { causeBlocks } from './cause.ts';
import { dim, displayWidth, type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { recordLine } from './records.ts';
import { placeText } from './sources.ts';
import type { Block } from './table.ts';
import { count } from './words.ts';

const INDENT = 2;
/** Addresses that line 1 and a row have room for. */
const MOST_ADDRESSES = 3;

export const dnsLookupRenderer: Renderer<DnsLookupAnswer> = blockRenderer(allBlocks);

function allBlocks(answer: DnsLookupAnswer, page: Page): readonly Block[] {
  const isFound = answer.result.status === 'resolved';
  return [
    headline(answer, page),
    questionBlock(answer, page),
    ...causeBlocks({ diagnostics: answer.diagnostics, result: isFound ? 'reachable' : 'unreachable' }, page),
    othersBlock(answer, page),
    assumedLines(answer.assumptions, page),
  ];
}

const STATUS_WORDS: Readonly<Record<DnsLookupAnswer['result']['status'], string>> = {
  resolved: 'found',
  'not-found': 'not found',
  'no-data': 'no record of that type',
  'temporary-failure': 'try again',
  failure: 'cannot be asked',
};

/** `shop/web-0 → api   10.96.0.50   2 questions, 0 wasted`. */
function headline({ question, queries, result, wasted }: DnsLookupAnswer, page: Page): Block {
  const { from } = question;
  const who = from.namespace === undefined ? from.name : `${from.namespace}/${from.name}`;
  const what = question.type === undefined ? question.name : `${question.name} ${question.type}`;
  const isFound = result.status === 'resolved';
  const word =
    isFound && result.addresses.length > 0 ? shortList(result.addresses, page) : STATUS_WORDS[result.status];
  const cost =
    queries.length === 0 ? 'no question' : `${count(queries.length, 'question')}, ${wasted} wasted`;
  const line: readonly Span[] = [
    plain(`${who} ${page.glyphs.flows} ${what}   `),
    { text: word, tone: isFound ? 'good' : 'bad' },
    plain(`   ${cost}`),
  ];
  return wrap(line, { width: page.width, start: 0, hang: INDENT });
}

function shortList(texts: readonly string[], { glyphs }: Page): string {
  const more = texts.length - MOST_ADDRESSES;
  const shown = texts.slice(0, more > 0 ? MOST_ADDRESSES : texts.length).join(', ');
  return more > 0 ? `${shown}, ${glyphs.ellipsis} ${more} more` : shown;
}

function questionBlock(answer: DnsLookupAnswer, page: Page): Block {
  const { hosts, queries, question, resolvConf } = answer;
  if (hosts !== undefined) {
    const text = `/etc/hosts of the pod has ${hosts.ip} for ${hosts.names.join(', ')}: no server is asked`;
    return wrap([plain(text)], { width: page.width, start: 0, hang: INDENT });
  }
  const servers = [...new Set(queries.map(({ server }) => server))];
  if (servers.length === 0) return [];
  const ndots =
    resolvConf.options.find((option) => option.startsWith('ndots:'))?.replace(':', ' ') ?? 'ndots 1';
  const list =
    resolvConf.searches.length === 0
      ? 'no search domain'
      : count(resolvConf.searches.length, 'search domain');
  const title = `${question.resolver} asks ${servers.join(', ')}   ${ndots}, ${list}`;
  return [
    ...wrap([plain(title)], { width: page.width, start: 0, hang: INDENT }),
    ...(page.level === 'verbose'
      ? queries.flatMap((query) => wholeQuery(query, page))
      : stepRows(answer, page)),
  ];
}

/** A row for each name that is asked, whatever the types; what does not fit beside the names goes below them. */
function stepRows({ queries, result }: DnsLookupAnswer, page: Page): readonly Line[] {
  const steps = stepsOf(queries);
  const rows = steps.map((step, index): StepRow => {
    const isFound = result.status === 'resolved';
    const mark = index < steps.length - 1 ? ' ' : isFound ? page.glyphs.flows : page.glyphs.stops;
    const because = step.find((query) => query.because !== undefined)?.because;
    const who = because === undefined ? whoWords(step) : placeText(because);
    return { name: `${mark} ${step[0]?.name ?? ''}`, outcome: outcome(step, page), who };
  });
  const width = Math.max(...rows.map(({ name }) => displayWidth(name))) + 2;
  const isWide = rows.some((row) => INDENT + width + displayWidth(rowText(row)) > page.width);
  return rows.flatMap((row) => (isWide ? rowBelow(row, page) : rowBeside(row, width)));
}

interface StepRow {
  readonly name: string;
  readonly outcome: string;
  readonly who: string;
}

function rowText({ outcome: text, who }: StepRow): string {
  return who === '' ? text : `${text}   ${who}`;
}

function rowBeside(row: StepRow, width: number): readonly Line[] {
  return [
    [
      plain(' '.repeat(INDENT) + row.name.padEnd(width)),
      plain(row.outcome),
      dim(row.who === '' ? '' : `   ${row.who}`),
    ],
  ];
}

function rowBelow(row: StepRow, page: Page): readonly Line[] {
  const below = INDENT + 4;
  return [
    [plain(' '.repeat(INDENT) + row.name)],
    ...wrapIndented([plain(rowText(row))], { width: page.width, start: below, hang: below }),
  ];
}

function stepsOf(queries: readonly QueryAnswer[]): readonly (readonly QueryAnswer[])[] {
  const steps: QueryAnswer[][] = [];
  for (const query of queries) {
    const last = steps.at(-1);
    if (last !== undefined && last[0]?.name === query.name) last.push(query);
    else steps.push([query]);
  }
  return steps;
}

/** `10.96.0.50, no AAAA`, `NXDOMAIN`, `CNAME api.example.com. only`. */
function outcome(step: readonly QueryAnswer[], page: Page): string {
  const codes = new Set(step.map(codeOf));
  const [only] = codes;
  if (codes.size === 1 && only !== 'NOERROR') return only ?? '';
  return step
    .map((query) => {
      const data = query.answers.filter(({ type }) => type === query.type).map((record) => record.data);
      if (data.length > 0) return `${aliasOf(query, page)}${shortList(data, page)}`;
      const alias = query.answers.at(-1);
      if (alias !== undefined) return `CNAME ${alias.data} only`;
      return codeOf(query) === 'NODATA' ? `no ${query.type}` : `${query.type} ${query.rcode}`;
    })
    .filter((text, index, all) => all.indexOf(text) === index)
    .join(', ');
}

function aliasOf({ answers, type }: QueryAnswer, { glyphs }: Page): string {
  const aliases = type === 'CNAME' ? [] : answers.filter((record) => record.type === 'CNAME');
  return aliases.map(({ data }) => `${data} ${glyphs.flows} `).join('');
}

function codeOf({ rcode, answers }: QueryAnswer): string {
  return rcode === 'NOERROR' && answers.length === 0 ? 'NODATA' : rcode;
}

const REASONS = {
  'no-such-service': 'no such Service',
  'no-such-namespace': 'no such namespace',
  'headless-no-ready-pod': 'no ready pod',
} as const;

function whoWords(step: readonly QueryAnswer[]): string {
  const [first] = step;
  if (first?.reason !== undefined) return REASONS[first.reason];
  if (step.some(({ outside }) => outside === true)) return 'upstream: taken as NXDOMAIN';
  return first?.by === undefined || first.by === 'kubernetes' ? '' : first.by;
}

/** Every record of every section. */
function wholeQuery(
  { name, type, rcode, answers, authority, additional, because }: QueryAnswer,
  page: Page,
): readonly Line[] {
  const box = { width: page.width, start: INDENT, hang: INDENT + 2 };
  const place = because === undefined ? '' : `   ${placeText(because)}`;
  const sections = [
    ...answers.map((record) => `answer      ${recordLine(record)}`),
    ...authority.map((record) => `authority   ${recordLine(record)}`),
    ...additional.map((record) => `additional  ${recordLine(record)}`),
  ];
  return [
    ...wrapIndented([plain(`${name} ${type}   ${rcode}${place}`)], box),
    ...sections.flatMap((text) =>
      wrapIndented([plain(text)], { ...box, start: INDENT + 2, hang: INDENT + 4 }),
    ),
  ];
}

function othersBlock({ others }: DnsLookupAnswer, page: Page): Block {
  return others.flatMap(({ resolver, status }) => {
    const text = `note  another result with ${resolver}: ${STATUS_WORDS[status]} (--as ${resolver} shows it)`;
    return wrap([plain(text)], { width: page.width, start: 0, hang: 'note  '.length });
  });
}
