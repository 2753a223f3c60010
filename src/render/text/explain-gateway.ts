/** `explain gateway` as people read it: what becomes of the request, the listeners with their routes, and what is wrong. */

import type {
  BackendAnswer,
  ConditionAnswer,
  GatewayAnswer,
  GatewayExplanation,
  ListenerAnswer,
  ListenerHostAnswer,
  MatchAnswer,
} from '../../query/gateway/gateway-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { findingLines } from './findings.ts';
import { gatewayLoserLines, gatewayRequestHeadline, gatewayRequestLines } from './gateway-request.ts';
import { type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented, MOST_ROWS, rowLines } from './table.ts';
import { count } from './words.ts';

/** More hosts of a listener than these are counted, unless with `-v`. */
const MOST_HOSTS = 20;

export const gatewayRenderer: Renderer<GatewayExplanation> = blockRenderer(allBlocks);

function allBlocks(answer: GatewayExplanation, page: Page): readonly Block[] {
  const { request, losers = [], gateways, findings } = answer;
  return [
    request === undefined ? headline(answer, page) : gatewayRequestHeadline(request, page),
    ...(request === undefined ? [] : [gatewayRequestLines(request, page), gatewayLoserLines(losers, page)]),
    ...gateways.flatMap((gateway) => gatewayBlocks(gateway, answer, page)),
    findingLines(findings, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** `2 Gateways, 3 listeners, 5 routes attached   1 listener not accepted`. */
function headline({ gateways, findings }: GatewayExplanation, page: Page): Block {
  const listeners = gateways.flatMap((gateway) => gateway.listeners);
  const attached = listeners.reduce((sum, { attachedRoutes }) => sum + attachedRoutes, 0);
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const text = `${count(gateways.length, 'Gateway')}, ${count(listeners.length, 'listener')}, ${count(attached, 'route')} attached`;
  const state: readonly Span[] =
    errors === 0 ? [] : [plain('   '), { text: count(errors, 'fault'), tone: 'bad' }];
  return wrap([plain(text), ...state], { width: page.width, start: 0, hang: 2 });
}

/** With a request only the listener that it ends at, unless with `-v`. */
function gatewayBlocks(gateway: GatewayAnswer, answer: GatewayExplanation, page: Page): readonly Block[] {
  const { request } = answer;
  const isAll = request === undefined || page.level === 'verbose';
  const isAsked = request?.via === `Gateway/${gateway.namespace}/${gateway.name}`;
  if (!isAll && !isAsked) return [];
  const listeners = isAll
    ? gateway.listeners
    : gateway.listeners.filter(({ name }) => name === request.listener);
  return [
    isAll ? gatewayLines(gateway, page) : [],
    ...listeners.map((listener) => listenerBlock(isAll ? listener : concerned(listener, answer), page)),
  ];
}

/** Of a listener with many hosts only those with a rule that matches the request. */
function concerned(listener: ListenerAnswer, { request, losers = [] }: GatewayExplanation): ListenerAnswer {
  const rules = new Set([request?.matched, ...losers.map(({ rule }) => rule)]);
  const hosts = listener.hosts.filter(({ routes }) => routes.some(({ rule }) => rules.has(rule)));
  return hosts.length === 0 ? listener : { ...listener, hosts };
}

function gatewayLines(gateway: GatewayAnswer, page: Page): Block {
  const { namespace, name, class: className, controller, served, addresses, at } = gateway;
  const who = served ? (controller ?? `class ${className}`) : `class ${className}, which nobody serves`;
  const where = addresses.length === 0 ? '' : `   ${addresses.join(', ')}`;
  const text = `Gateway ${namespace}/${name}   ${who}${where}   ${placeText(at)}`;
  return [
    ...wrap([plain(text)], { width: page.width, start: 0, hang: 2 }),
    ...refusals(gateway.conditions, page, 2),
  ];
}

/** Conditions that are not as they should be; all with `-v`. */
export function refusals(conditions: readonly ConditionAnswer[], page: Page, start: number): readonly Line[] {
  const shown = page.level === 'verbose' ? conditions : conditions.filter(isBad);
  return shown.flatMap(({ type, status, reason, message }) => {
    const bad = isBad({ type, status, reason, message });
    const head: Span = { text: `${type} ${status} ${reason}`, ...(bad ? { tone: 'bad' as const } : {}) };
    return wrapIndented([head, plain(`   ${message}`)], { width: page.width, start, hang: start + 2 });
  });
}

/** Conflicted is good when it is false. */
function isBad({ type, status, reason }: ConditionAnswer): boolean {
  if (type === 'Conflicted') return status === 'True';
  return (status === 'False' && type !== 'Programmed') || reason === 'ListenersNotValid';
}

function listenerBlock(listener: ListenerAnswer, page: Page): Block {
  const {
    name,
    owner,
    port,
    protocol,
    hostname,
    tlsMode,
    certificates,
    attachedRoutes,
    conditions,
    hosts,
    at,
  } = listener;
  const parts = [
    `${protocol} ${port}${hostname === undefined ? '' : ` ${hostname}`}`,
    attachedRoutes === 0 ? 'no routes' : count(attachedRoutes, 'route'),
    ...(tlsMode === undefined || tlsMode === 'Terminate' ? [] : [tlsMode.toLowerCase()]),
    ...(certificates.length === 0 ? [] : [`certificate ${certificates.join(', ')}`]),
    ...(owner === undefined ? [] : [`of ${owner}`]),
    placeText(at),
  ];
  const shown = page.level === 'verbose' ? hosts : hosts.slice(0, MOST_HOSTS);
  return [
    ...wrapIndented([plain(`Listener ${name}   ${parts.join('   ')}`)], {
      width: page.width,
      start: 0,
      hang: 4,
    }),
    ...refusals(
      page.level === 'verbose' ? conditions : conditions.filter(({ type }) => type !== 'Conflicted'),
      page,
      2,
    ),
    ...shown.flatMap((host) => hostLines(host, page)),
    ...(hosts.length === shown.length
      ? []
      : [indented(`and ${count(hosts.length - shown.length, 'more host')} (-v shows all)`)]),
  ];
}

function hostLines({ hostname, routes }: ListenerHostAnswer, page: Page): readonly Line[] {
  const shown = page.level === 'verbose' ? routes : routes.slice(0, MOST_ROWS);
  const hidden = routes.length - shown.length;
  return [
    indented(hostname === '*' ? 'every host' : hostname),
    ...rowLines(
      shown.map((match, index) => matchCells(match, index, page)),
      page,
      4,
    ),
    ...(hidden === 0 ? [] : [indented(`  and ${hidden} more (-v shows all)`)]),
  ];
}

function matchCells(
  { matcher, backends, filters, at }: MatchAnswer,
  index: number,
  page: Page,
): readonly string[] {
  return [`${index + 1}  ${matcher}`, ...targetCells(filters, backends, page), placeText(at)];
}

/** Where a rule leads, and how it is there: `→ shop/web:80`, `3 endpoints`. */
export function targetCells(
  filters: readonly string[],
  backends: readonly BackendAnswer[],
  page: Page,
): readonly [target: string, state: string] {
  const texts = backends.map(
    ({ service, port, share }) =>
      `${service}${port === undefined ? '' : `:${port}`}${share === '1/1' ? '' : ` ${share}`}`,
  );
  const target = [...filters, ...texts].join(', ');
  return [`${page.glyphs.flows} ${target === '' ? '500' : target}`, stateText(filters, backends)];
}

/** What is wrong with the first backend that is not as it should be, else how many endpoints there are. */
function stateText(filters: readonly string[], backends: readonly BackendAnswer[]): string {
  const bad = backends.find(({ state }) => state !== 'ready');
  if (bad !== undefined) return STATES[bad.state] ?? bad.state;
  if (backends.length === 0) return filters.length === 0 ? 'no backend' : '';
  return count(new Set(backends.flatMap(({ endpoints }) => endpoints)).size, 'endpoint');
}

const STATES: Readonly<Record<string, string>> = {
  'no-endpoints': 'no endpoint',
  'no-such-service': 'no Service',
  'no-such-port': 'no port',
  'external-name': 'outside',
  'invalid-kind': 'no backend kind',
  'not-permitted': 'not granted',
  'service-import': 'imported',
  'no-authority': 'no TLS',
};
