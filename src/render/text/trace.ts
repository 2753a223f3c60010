/**
 * The answer to `trace` as people read it (ux 2): line 1 says it, the walk shows it, the cause explains
 * it, and what was assumed stands last. It is made from the answer alone, and manifest lines for frames.
 */

import type { PathAnswer, TraceAnswer } from '../../query/answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { causeBlocks } from './cause.ts';
import { headline } from './headline.ts';
import { type Line, plain, type Span, wrap } from './layout.ts';
import { type Page, pageOf, spellAnswer } from './page.ts';
import { otherPathHint, pathHeading, pathTable } from './paths.ts';
import { type Paint, painter } from './style.ts';
import { walkLines } from './walk.ts';

export const traceRenderer: Renderer<TraceAnswer> = {
  format: 'text',
  render(answer, view) {
    const spelled = spellAnswer(answer, view);
    const page = pageOf(view);
    const paint = painter(view.color);
    return view.level === 'brief' ? briefText(spelled, page, paint) : fullText(spelled, page, paint);
  },
};

/** Line 1, and one for each path if there are several. */
function briefText(answer: TraceAnswer, page: Page, paint: Paint): string {
  return joinLines([...headline(answer, page).map(paint), ...pathTable(answer, page, paint)]);
}

function fullText(answer: TraceAnswer, page: Page, paint: Paint): string {
  const [worst] = answer.paths;
  const { namespace } = answer.question.from;
  const walk = worst === undefined ? [] : walkLines(worst, namespace, page);
  const blocks: readonly (readonly string[])[] = [
    headline(answer, page).map(paint),
    pathTable(answer, page, paint),
    [...pathHeading(answer, page), ...walk].map(paint),
    (worst === undefined ? [] : serverView(worst, answer, page)).map(paint),
    ...causeBlocks(answer, page).map((block) => block.map(paint)),
    assumedLines(answer.assumptions, page).map(paint),
    otherPathHint(answer, page).map(paint),
  ];
  return blocks
    .filter((block) => block.length > 0)
    .map(joinLines)
    .join('\n');
}

/** Headers that the default level tells; `-v` tells all. */
const TOLD_HEADERS: readonly string[] = ['Host', 'X-Forwarded-For'];

/**
 * `api#1 sees  peer 10.244.1.0`, for a sender outside, where it is not its address, and of a request; always with `-v`.
 */
function serverView(path: PathAnswer, answer: TraceAnswer, page: Page): readonly Line[] {
  const place = path.legs.at(-1)?.hops.at(-1)?.place;
  const { serverSees } = path;
  if (place === undefined || serverSees === undefined) return [];
  const { from } = answer.question;
  const isTold =
    from.kind === 'external' || (serverSees.peer !== from.address && place.address !== from.address);
  if (!isTold && serverSees.headers === undefined && page.level !== 'verbose') return [];
  // A pod of the host's network takes the packet in its node's place.
  const name = place.kind === 'node' ? (path.backends[0] ?? place.name) : place.name;
  const facts = [`peer ${serverSees.peer}`, ...requestFacts(path, answer, page)];
  const spans: Span[] = [{ text: name, tone: 'place' }, plain(` sees  ${facts.join(', ')}`)];
  return wrap(spans, { width: page.width, start: 0, hang: 2 });
}

/** What the server is told of the request; the path behind a proxy only where it is another. */
function requestFacts(
  { serverSees, legs }: PathAnswer,
  { question }: TraceAnswer,
  page: Page,
): readonly string[] {
  const { headers = {}, path } = serverSees ?? {};
  const isAll = page.level === 'verbose';
  const told = Object.entries(headers).filter(([name]) => isAll || TOLD_HEADERS.includes(name));
  const isDirect = legs.every(({ purpose }) => purpose !== 'proxied');
  const isPathTold = path !== undefined && (isAll || isDirect || path !== question.http?.path);
  return [...told.map(([name, value]) => `${name} ${value}`), ...(isPathTold ? [`path ${path}`] : [])];
}

function joinLines(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
