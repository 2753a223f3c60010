/** `explain ingress` as people read it: what becomes of the request, the routing tables, and what is wrong. */

import type {
  IngressAnswer,
  IngressExplanation,
  LoserAnswer,
  RouteAnswer,
  RoutedRequest,
  RouteHostAnswer,
  RouteTableAnswer,
} from '../../query/ingress-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { findingLines } from './findings.ts';
import { type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented, MOST_ROWS, rowLines } from './table.ts';
import { count } from './words.ts';

/** More hosts than these are counted, unless with `-v`. */
const MOST_HOSTS = 20;

export const ingressRenderer: Renderer<IngressExplanation> = blockRenderer(allBlocks);

function allBlocks(answer: IngressExplanation, page: Page): readonly Block[] {
  const { request, losers = [], ingresses, tables, findings } = answer;
  return [
    request === undefined ? headline(answer, page) : requestHeadline(request, page),
    ...(request === undefined ? [] : [requestLines(request, page), loserLines(losers, page)]),
    request === undefined || page.level === 'verbose' ? ingressLines(ingresses, page) : [],
    ...tables.flatMap((table) => tableBlocks(concerned(table, answer, page), page)),
    findingLines(findings, page),
    assumedLines(answer.assumptions, page),
  ];
}

/** With a request only the hosts with a rule that matches it, unless with `-v`. */
function concerned(
  table: RouteTableAnswer,
  { request, losers = [] }: IngressExplanation,
  page: Page,
): RouteTableAnswer {
  if (request === undefined || page.level === 'verbose') return table;
  const matching = new Set([request.matched, ...losers.map(({ rule }) => rule)]);
  const isMatching = ({ rule }: RouteAnswer) => rule !== undefined && matching.has(rule);
  return { ...table, hosts: table.hosts.filter(({ routes }) => routes.some(isMatching)) };
}

/** `3 Ingresses, 7 rules   ingress-nginx 3   2 rules without endpoints`. */
function headline({ ingresses }: IngressExplanation, page: Page): Block {
  const rules = ingresses.flatMap((ingress) => ingress.rules);
  const byController = new Map<string, number>();
  for (const { controller = 'nobody' } of ingresses) {
    byController.set(controller, (byController.get(controller) ?? 0) + 1);
  }
  const served = [...byController].map(([name, amount]) => `${name} ${amount}`).join(', ');
  const broken = rules.filter(({ state }) => state !== 'ready' && state !== 'external-name').length;
  const state: readonly Span[] =
    broken === 0 ? [] : [plain('   '), { text: `${count(broken, 'rule')} without an endpoint`, tone: 'bad' }];
  const amount = ingresses.length === 1 ? '1 Ingress' : `${ingresses.length} Ingresses`;
  const text = `${amount}, ${count(rules.length, 'rule')}${served === '' ? '' : `   ${served}`}`;
  return wrap([plain(text), ...state], { width: page.width, start: 0, hang: 2 });
}

/** `200  GET http://h/foo/bar → shop/web:80 as /bar   by ingress-nginx`. */
function requestHeadline({ url, method, controller, ...request }: RoutedRequest, page: Page): Block {
  const { flows } = page.glyphs;
  const { status, backend, weights, redirect, rewrittenPath } = request;
  const shares = Object.entries(weights ?? {}).map(
    ([name, share]) => `${Math.round(share * 1000) / 10} % ${name}`,
  );
  const over = request.backendProtocol === undefined ? '' : ` over ${request.backendProtocol}`;
  const target = backend === null ? undefined : `${backend}${over}`;
  const where = target ?? (shares.length > 0 ? shares.join(', ') : (redirect ?? 'no backend'));
  const as = rewrittenPath === undefined ? '' : ` as ${rewrittenPath}`;
  const tone = status > 0 && status < 400 ? 'good' : 'bad';
  const word = status === 0 ? 'no connection' : String(status);
  return wrap([{ text: word, tone }, plain(`  ${method} ${url} ${flows} ${where}${as}   by ${controller}`)], {
    width: page.width,
    start: 0,
    hang: 5,
  });
}

function requestLines(request: RoutedRequest, page: Page): Block {
  const { reason, matched, at, endpointCount, rewrittenPath, upstreamPath, rewrittenHost, tlsSecret } =
    request;
  const headers = Object.entries(request.requestHeaders ?? {}).map(([name, value]) => `${name}: ${value}`);
  const certificate = tlsSecret === 'default' ? "the controller's own" : tlsSecret;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['because', reason],
    ['rule', matched === undefined ? undefined : `${matched}   ${at === undefined ? '' : placeText(at)}`],
    ['endpoints', endpointCount === undefined ? undefined : String(endpointCount)],
    ['path', rewrittenPath === undefined ? upstreamPath : `${rewrittenPath} (rewritten)`],
    ['host', rewrittenHost],
    ['certificate', certificate],
    ['headers', page.level === 'verbose' && headers.length > 0 ? headers.join(', ') : undefined],
  ];
  return rows.flatMap(([label, text]) => (text === undefined ? [] : labelled(label, text, page)));
}

const LABEL_WIDTH = 13;

function labelled(label: string, text: string, page: Page): readonly Line[] {
  const line = [plain(label.padEnd(LABEL_WIDTH)), plain(text)];
  return wrapIndented(line, { width: page.width, start: 2, hang: 2 + LABEL_WIDTH });
}

function loserLines(losers: readonly LoserAnswer[], page: Page): Block {
  if (losers.length === 0) return [];
  const shown = page.level === 'verbose' ? losers : losers.slice(0, MOST_ROWS);
  return [
    [plain(`${count(losers.length, 'rule')} that ${losers.length === 1 ? 'matches' : 'match'} too`)],
    ...shown.flatMap(({ rule, reason, at }) => [
      ...wrapIndented([plain(`${rule}   ${placeText(at)}`)], { width: page.width, start: 2, hang: 4 }),
      ...wrapIndented([plain(reason)], { width: page.width, start: 4, hang: 4 }),
    ]),
    ...(shown.length === losers.length
      ? []
      : [indented(`and ${losers.length - shown.length} more (-v shows all)`)]),
  ];
}

function ingressLines(ingresses: readonly IngressAnswer[], page: Page): Block {
  if (ingresses.length === 0) return [];
  const shown = page.level === 'verbose' ? ingresses : ingresses.slice(0, MOST_ROWS);
  const hidden = ingresses.length - shown.length;
  return [
    [plain(`Ingresses  ${ingresses.length}`)],
    ...rowLines(
      shown.map(({ namespace, name, controller = 'nobody', reason, addresses, at }) => [
        `${namespace}/${name}`,
        controller,
        reason,
        addresses.join(', '),
        placeText(at),
      ]),
      page,
    ),
    ...(hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)]),
  ];
}

function tableBlocks({ controller, hosts }: RouteTableAnswer, page: Page): readonly Block[] {
  const shown = page.level === 'verbose' ? hosts : hosts.slice(0, MOST_HOSTS);
  const hidden = hosts.length - shown.length;
  return [
    ...shown.map((host) => hostBlock(host, controller, page)),
    hidden === 0 ? [] : [[plain(`and ${count(hidden, 'more host')} (-v shows all)`)]],
  ];
}

/** A host, and its routes in the order in which they are tried. */
function hostBlock(
  { names, mode, certificate, routes }: RouteHostAnswer,
  controller: string,
  page: Page,
): Block {
  const [name = '*', ...aliases] = names;
  const tls =
    certificate === undefined
      ? ''
      : `   certificate ${certificate === 'default' ? "the controller's own" : certificate}`;
  const also = aliases.length === 0 ? '' : `   also ${aliases.join(', ')}`;
  const title = `Host ${name === '*' ? '* (every other)' : name}   ${controller}${also}${tls}`;
  const shown = page.level === 'verbose' ? routes : routes.slice(0, MOST_ROWS);
  const hidden = routes.length - shown.length;
  return [
    ...wrap([plain(title)], { width: page.width, start: 0, hang: 2 }),
    ...(mode === undefined
      ? []
      : wrapIndented([plain(`${mode.text}; because of ${placeText(mode.at)}`)], {
          width: page.width,
          start: 2,
          hang: 4,
        })),
    ...rowLines(
      shown.map((route, index) => routeCells(route, index, page)),
      page,
    ),
    ...(hidden === 0 ? [] : [indented(`and ${hidden} more (-v shows all)`)]),
  ];
}

function routeCells(
  { matcher, backend, rewrite, at, ...route }: RouteAnswer,
  index: number,
  page: Page,
): readonly string[] {
  const as = rewrite === undefined ? '' : ` as ${rewrite}`;
  const target =
    backend === undefined ? (route.rule === undefined ? '404' : 'a resource') : `${backend}${as}`;
  return [
    `${index + 1}  ${matcher}`,
    `${page.glyphs.flows} ${target}`,
    stateText(route),
    at === undefined ? 'no rule' : placeText(at),
  ];
}

const STATES: Readonly<Record<string, string>> = {
  'no-endpoints': 'no endpoint',
  'no-such-service': 'no such Service',
  'no-such-port': 'no such port',
  'external-name': 'external name',
  resource: 'not served',
  action: 'an action',
  'default-backend': '',
};

function stateText({ state, endpoints }: Pick<RouteAnswer, 'state' | 'endpoints'>): string {
  return state === 'ready' ? count(endpoints, 'endpoint') : (STATES[state] ?? state);
}
