/** `explain route` as people read it: what becomes of the request, each route with its parents and rules, and what is wrong. */

import type {
  ParentAnswer,
  RouteExplanation,
  RouteObjectAnswer,
  RuleAnswer,
} from '../../query/gateway/gateway-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { refusals, targetCells } from './explain-gateway.ts';
import { findingLines } from './findings.ts';
import { gatewayLoserLines, gatewayRequestHeadline, gatewayRequestLines } from './gateway-request.ts';
import { type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, rowLines } from './table.ts';
import { count } from './words.ts';

export const routeRenderer: Renderer<RouteExplanation> = blockRenderer(allBlocks);

function allBlocks(answer: RouteExplanation, page: Page): readonly Block[] {
  const { request, losers = [], routes, findings } = answer;
  const isAll = request === undefined || page.level === 'verbose';
  return [
    request === undefined ? headline(answer, page) : gatewayRequestHeadline(request, page),
    ...(request === undefined ? [] : [gatewayRequestLines(request, page), gatewayLoserLines(losers, page)]),
    ...routes
      .filter((route) => isAll || request.matched?.startsWith(`${route.namespace}/${route.name}#`))
      .map((route) => routeBlock(route, page)),
    findingLines(findings, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** `3 routes, 5 rules   1 route attached to nothing`. */
function headline({ routes }: RouteExplanation, page: Page): Block {
  const rules = routes.reduce((sum, route) => sum + route.rules.length, 0);
  const idle = routes.filter(({ parents }) => parents.every(({ conditions }) => !isAccepted(conditions)));
  const state: readonly Span[] =
    idle.length === 0
      ? []
      : [plain('   '), { text: `${count(idle.length, 'route')} attached to nothing`, tone: 'bad' }];
  const text = `${count(routes.length, 'route')}, ${count(rules, 'rule')}`;
  return wrap([plain(text), ...state], { width: page.width, start: 0, hang: 2 });
}

function isAccepted(conditions: ParentAnswer['conditions']): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
}

function routeBlock(route: RouteObjectAnswer, page: Page): Block {
  const { kind, namespace, name, hostnames, parents, rules, at } = route;
  const hosts = hostnames.length === 0 ? 'hosts of its listeners' : hostnames.join(', ');
  return [
    ...wrap([plain(`${kind} ${namespace}/${name}   ${hosts}   ${placeText(at)}`)], {
      width: page.width,
      start: 0,
      hang: 2,
    }),
    ...parents.flatMap((parent) => parentLines(parent, page)),
    ...rowLines(
      rules.flatMap((rule) => ruleRows(rule, page)),
      page,
    ),
  ];
}

function parentLines(
  { parent, sectionName, port, conditions, listeners, at }: ParentAnswer,
  page: Page,
): readonly Line[] {
  const part = [sectionName, port].filter((each) => each !== undefined).join(' ');
  const where = listeners.map(({ name, hostnames }) => `${name} for ${hostnames.join(', ')}`).join('; ');
  const state = where === '' ? (isAccepted(conditions) ? 'every client in the mesh' : 'nothing') : where;
  const text = `at ${parent}${part === '' ? '' : ` ${part}`}   ${state}   ${placeText(at)}`;
  return [
    ...wrapIndented([plain(text)], { width: page.width, start: 2, hang: 4 }),
    ...refusals(conditions, page, 4),
  ];
}

function ruleRows(rule: RuleAnswer, page: Page): readonly (readonly string[])[] {
  const { index, matches, filters, backends, at } = rule;
  const [first = 'no request', ...more] = matches;
  return [
    [`#${index}  ${first}`, ...targetCells(filters, backends, page), placeText(at)],
    ...more.map((match) => [`    ${match}`, '', '', '']),
  ];
}
