/** One step of a hop as a line: verb, what changed, and where (device, chain, rule, ttl). */

import type { StepAnswer } from '../../query/answer.ts';
import { dim, displayWidth, type Line, lineWidth, padLine, plain, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { verbOf } from './words.ts';

const STOP_COLUMN = 3;
const VERB_COLUMN = 5;
export const TEXT_COLUMN = 15;
/** Where the third column begins, if it fits there. */
export const WHERE_COLUMN = 56;
/** A chain name keeps at least this much of itself (`KUBE-SVC-`). */
const SHORTEST_CHAIN = 9;
/** `yes  ` or `no   ` before a rule that was tried. */
const TRIED_WORD = 5;

export interface StepStyle {
  /** This step ends the path. */
  readonly isStop: boolean;
  readonly whereColumn: number;
}

/** The lines of a step. */
export function stepLines(step: StepAnswer, style: StepStyle, page: Page): readonly Line[] {
  const start = startOf(step, style, page);
  const chain = step.where?.chain?.at(-1);
  const lines = columnLines({ start, text: step.text, where: whereOf(step, page), chain }, style, page);
  return page.level === 'verbose'
    ? [...lines, ...becauseLines(step, page), ...triedLines(step, page)]
    : lines;
}

/** `   ✗ reject    `, ready for the text. */
function startOf(step: StepAnswer, style: StepStyle, page: Page): Line {
  const stop: Line = style.isStop
    ? [plain(' '.repeat(STOP_COLUMN)), { text: page.glyphs.stops, tone: 'bad' }]
    : [];
  return padLine([...padLine(stop, VERB_COLUMN), plain(`${verbOf(step)} `)], TEXT_COLUMN);
}

interface Columns {
  readonly start: Line;
  readonly text: string;
  readonly where: string;
  /** The chain name within `where`, which may be shortened. */
  readonly chain?: string | undefined;
}

/**
 * Text and third column side by side. The third begins at its column; farther left if it would not fit;
 * behind a longer text. A chain name is shortened before the column goes to a line of its own.
 */
function columnLines(parts: Columns, style: StepStyle, page: Page): readonly Line[] {
  const box = { width: page.width, start: lineWidth(parts.start), hang: TEXT_COLUMN };
  const [first = [], ...more] = wrap([plain(parts.text)], box);
  const lines: Line[] = [[...parts.start, ...first], ...more];
  if (parts.where === '') return lines;
  const last = lines.pop() ?? [];
  const end = lineWidth(last);
  const where = fitWhere(parts, page.width - end, page);
  if (where === undefined) return [...lines, last, ...ownLine(parts.where, style, page)];
  const rightmost = page.width - displayWidth(where);
  const column = Math.min(rightmost, Math.max(style.whereColumn, end + 2));
  return [...lines, [...padLine(last, column), dim(where)]];
}

/** The third column behind at least one blank, its chain name shortened if need be; undefined: no room. */
function fitWhere(parts: Columns, room: number, page: Page): string | undefined {
  const { where, chain } = parts;
  const width = displayWidth(where);
  if (width + 1 <= room) return where;
  if (chain === undefined || page.level === 'verbose') return undefined;
  const kept = room - 2 - (width - chain.length) - page.glyphs.ellipsis.length;
  if (kept < SHORTEST_CHAIN) return undefined;
  return where.replace(chain, () => chain.slice(0, kept) + page.glyphs.ellipsis);
}

/** The third column on a line of its own, as far right as it fits. */
function ownLine(where: string, style: StepStyle, page: Page): readonly Line[] {
  const column = Math.max(TEXT_COLUMN, Math.min(style.whereColumn, page.width - displayWidth(where)));
  return wrapIndented([dim(where)], { width: page.width, start: column, hang: column });
}

/** The third column of a step, in words: empty if there is nothing to say. */
function whereOf(step: StepAnswer, page: Page): string {
  const where = step.where ?? {};
  const rule = ruleOf(step, page);
  switch (step.kind) {
    case 'originate':
    case 'encapsulate':
      return joinWords([where.out, rule], ' ');
    case 'decapsulate':
      return joinWords([where.in, rule], ' ');
    case 'transmit':
      return joinWords([where.out, mtuOf(step)], ' ');
    case 'receive':
      return joinWords([where.in, mtuOf(step)], ' ');
    case 'route':
      return joinWords([where.out, ttlOf(step)], ' ');
    case 'accept':
      return joinWords([rule, where.in], ' ');
    case 'translate':
    case 'policy':
    case 'end':
      return joinWords([where.chain?.at(-1), rule], ' ');
    case 'neighbor':
      return joinWords([where.out], ' ');
    case 'match':
      return firstPlace(step);
    case 'resolve':
    case 'track':
    case 'bridge':
    case 'balance':
    case 'terminate-tls':
    case 'l7-route':
    case 'l7-rewrite':
    case 'proxy':
      return rule;
  }
}

/** What decided: words (`port http`, `search 1 of 3`), or at `-v` the rule's number in its chain. */
function ruleOf(step: StepAnswer, page: Page): string {
  const rule = step.where?.rule ?? '';
  if (!/^\d+$/.test(rule)) return rule;
  return page.level === 'verbose' ? `rule ${rule}` : '';
}

function mtuOf(step: StepAnswer): string | undefined {
  const mtu = step.detail?.['mtu'];
  return typeof mtu === 'number' ? `mtu ${mtu}` : undefined;
}

/** The TTL that the router leaves in the packet. */
function ttlOf(step: StepAnswer): string | undefined {
  const change = step.changes?.find((candidate) => candidate.field === 'ttl');
  return change === undefined ? undefined : `ttl ${change.to}`;
}

/** At `-v` each step names the manifest fields that it comes from; a rule's first stands beside it. */
function becauseLines(step: StepAnswer, page: Page): readonly Line[] {
  const box = { width: page.width, start: TEXT_COLUMN, hang: TEXT_COLUMN };
  const places = step.kind === 'match' ? placesOf(step).slice(1) : placesOf(step);
  return places.flatMap((place) => wrapIndented([dim(place)], box));
}

/** `-vv`: each rule that was tried, and why it did not match. Only an answer that was asked for them has any. */
function triedLines(step: StepAnswer, page: Page): readonly Line[] {
  const hang = TEXT_COLUMN + TRIED_WORD;
  return (step.detail?.tried ?? []).flatMap(({ rule, matched, why, because }) => {
    const [first] = because ?? [];
    const place = first === undefined ? '' : `${first.file}:${first.line}`;
    const note = joinWords([why, place], '  ');
    const box = { width: page.width, start: TEXT_COLUMN, hang };
    return [
      ...wrapIndented([plain((matched ? 'yes' : 'no').padEnd(TRIED_WORD) + rule)], box),
      ...(note === '' ? [] : wrapIndented([dim(note)], { ...box, start: hang })),
    ];
  });
}

function firstPlace(step: StepAnswer): string {
  const [source] = step.because ?? [];
  return source === undefined ? '' : `${source.file}:${source.line}`;
}

/** `k8s/api.yaml:9  service/shop/api  spec.ports[0]`. */
function placesOf(step: StepAnswer): readonly string[] {
  return (step.because ?? []).map(({ file, line, object, path }) =>
    joinWords([`${file}:${line}`, object, path], '  '),
  );
}

function joinWords(words: readonly (string | undefined)[], separator: string): string {
  return words.filter((word) => word !== undefined && word !== '').join(separator);
}
