/** `explain virtualservice` as people read it: what becomes of the request, the rules in their order, what is wrong. */

import type { DiagnosticAnswer } from '../../query/answer.ts';
import type {
  MeshDestinationAnswer,
  MeshLoserAnswer,
  MeshRequestAnswer,
  MeshRuleAnswer,
  VirtualServiceAnswer,
  VirtualServiceExplanation,
} from '../../query/istio/istio-answer.ts';
import type { Renderer } from '../renderer.ts';
import { assumedLines } from './assumed.ts';
import { blockRenderer } from './block-page.ts';
import { findingLines } from './findings.ts';
import { type Line, plain, type Span, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented, MOST_ROWS, rowLines } from './table.ts';
import { count } from './words.ts';

/** More of them are counted, unless with `-v`. */
const MOST_SHOWN = 20;
const MOST_PODS = 3;
const LABEL_WIDTH = 13;

export const virtualServiceRenderer: Renderer<VirtualServiceExplanation> = blockRenderer(allBlocks);

function allBlocks(answer: VirtualServiceExplanation, page: Page): readonly Block[] {
  const { request, losers = [], findings, assumptions } = answer;
  const shown = shownServices(answer, page);
  const hidden = answer.virtualServices.length - shown.length;
  return [
    request === undefined ? headline(answer, page) : requestHeadline(request, page),
    ...(request === undefined ? [] : [requestLines(request, page), loserLines(losers, page)]),
    ...shown.map((each) => serviceBlock(each, page)),
    hidden === 0 || request !== undefined
      ? []
      : [[plain(`and ${count(hidden, 'more VirtualService')} (-v shows all)`)]],
    findingLines([...concernedFindings(answer, shown), ...findings], page),
    assumedLines(assumptions, page),
  ];
}

/** With a request only the one whose rule answers, unless with `-v`. */
function shownServices(
  { request, virtualServices }: VirtualServiceExplanation,
  page: Page,
): readonly VirtualServiceAnswer[] {
  if (page.level === 'verbose') return virtualServices;
  if (request === undefined) return virtualServices.slice(0, MOST_SHOWN);
  const [matched] = (request.matched ?? '').split(' ');
  return virtualServices.filter(({ namespace, name }) => `${namespace}/${name}` === matched);
}

/** What is said of several of them in the same words is said once. */
function concernedFindings(
  { request, virtualServices }: VirtualServiceExplanation,
  shown: readonly VirtualServiceAnswer[],
): readonly DiagnosticAnswer[] {
  const all = (request === undefined ? virtualServices : shown).flatMap(({ findings }) => findings);
  const seen = new Set<string>();
  return all.filter(({ code, text }) => {
    const isNew = !seen.has(`${code} ${text}`);
    seen.add(`${code} ${text}`);
    return isNew;
  });
}

/** `3 VirtualServices, 7 rules   24 pods with a sidecar, 1 gateway   2 destinations get nothing`. */
function headline({ virtualServices, mesh }: VirtualServiceExplanation, page: Page): Block {
  const rules = virtualServices.flatMap((each) => each.rules);
  const broken = rules
    .flatMap(({ destinations }) => destinations)
    .filter(({ state }) => state !== 'ready').length;
  const { sidecar, gateway, ambient } = mesh.pods;
  const pods = [
    `${count(sidecar, 'pod')} with a sidecar`,
    ...(gateway === 0 ? [] : [count(gateway, 'gateway pod')]),
    ...(ambient === 0 ? [] : [`${count(ambient, 'pod')} in ambient mode`]),
  ].join(', ');
  const state: readonly Span[] =
    broken === 0
      ? []
      : [
          plain('   '),
          { text: `${count(broken, 'destination')} ${broken === 1 ? 'gets' : 'get'} nowhere`, tone: 'bad' },
        ];
  const text = `${count(virtualServices.length, 'VirtualService')}, ${count(rules.length, 'rule')}   ${pods}`;
  return wrap([plain(text), ...state], { width: page.width, start: 0, hang: 2 });
}

/** `delivered  GET http://web/ from shop/client → 80 % web…:80 v1, 20 % …`. */
function requestHeadline(
  { url, method, from, via, result, status, flag, ...request }: MeshRequestAnswer,
  page: Page,
): Block {
  const { flows } = page.glyphs;
  const word = [
    result,
    ...(status === undefined ? [] : [String(status)]),
    ...(flag === undefined ? [] : [flag]),
  ].join(' ');
  const where =
    request.destinations.length > 0
      ? request.destinations.map(destinationText).join(', ')
      : (request.redirect?.location ?? request.cluster ?? request.by ?? 'nobody');
  const isGood = result === 'delivered' || result === 'passthrough' || (status !== undefined && status < 400);
  const by = via === undefined ? '' : ` by ${via}`;
  const what = url.startsWith('http') ? `${method} ${url}` : url;
  return wrap(
    [{ text: word, tone: isGood ? 'good' : 'bad' }, plain(`  ${what} from ${from}${by} ${flows} ${where}`)],
    {
      width: page.width,
      start: 0,
      hang: 2,
    },
  );
}

/** `80 % web.shop:80 v1`; the share only where there are several. */
function destinationText({ host, subset, port, weight }: MeshDestinationAnswer): string {
  const share = weight === 100 ? '' : `${percent(weight)} `;
  return `${share}${shortHost(host)}:${port}${subset === null ? '' : ` ${subset}`}`;
}

/** A Service without the end that all full names share. */
function shortHost(host: string): string {
  return host.replace(/\.svc\.[^/]+$/, '');
}

function percent(weight: number): string {
  return `${Math.round(weight * 100) / 100} %`;
}

type LabelledText = readonly [label: string, text: string | undefined];

function requestLines(request: MeshRequestAnswer, page: Page): Block {
  const rows = [...routeRows(request), ...changeRows(request), ...settingRows(request, page)];
  return rows.flatMap(([label, text]) =>
    text === undefined || text === '' ? [] : labelled(label, text, page),
  );
}

function routeRows({ reason, matched, at, destinations }: MeshRequestAnswer): readonly LabelledText[] {
  const place = at === undefined ? '' : placeText(at);
  return [
    ['because', reason],
    ['rule', matched === undefined ? undefined : `${matched}   ${place}`],
    ...destinations.map((each): LabelledText => ['goes to', destinationLine(each)]),
  ];
}

function changeRows(request: MeshRequestAnswer): readonly LabelledText[] {
  const { rewrittenPath, rewrittenHost, directResponse, fault, mirror } = request;
  return [
    ['path', rewrittenPath === undefined ? undefined : `${rewrittenPath} (rewritten)`],
    ['host', rewrittenHost === undefined ? undefined : `${rewrittenHost} (rewritten)`],
    ['answer', directResponse],
    ['fault', fault === undefined ? undefined : faultText(fault)],
    ['mirrored', mirror.map((each) => `${each.percent} % to ${each.host}:${each.port}`).join(', ')],
  ];
}

function settingRows(request: MeshRequestAnswer, page: Page): readonly LabelledText[] {
  const { mtls, by, destinationRule, timeout, retries } = request;
  const isVerbose = page.level === 'verbose';
  const isLost = request.destinations.every(({ state }) => state !== 'ready');
  const retried = retries === null ? 'none' : `${retries.attempts} on ${retries.retryOn}`;
  return [
    ['mTLS', mtls === undefined || isLost ? undefined : mtls ? 'yes' : 'no'],
    ['refused by', by],
    ['subsets of', destinationRule ?? undefined],
    ['timeout', timeout ?? (isVerbose ? 'none' : undefined)],
    ['retries', isVerbose ? retried : undefined],
  ];
}

function faultText({ abort, delay }: NonNullable<MeshRequestAnswer['fault']>): string {
  return [
    ...(abort === undefined ? [] : [`${abort.percent} % get ${abort.status ?? abort.grpcStatus}`]),
    ...(delay === undefined ? [] : [`${delay.percent} % wait ${delay.fixedDelay}`]),
  ].join(', ');
}

function destinationLine(destination: MeshDestinationAnswer): string {
  const { pods, endpoints, status, flag, reason } = destination;
  const text = destinationText(destination);
  if (reason !== undefined)
    return `${text}: ${[status, flag].filter((each) => each !== undefined).join(' ')} ${reason}`;
  const names = pods.length > 0 ? pods : endpoints;
  const more = names.length > MOST_PODS ? `, and ${names.length - MOST_PODS} more` : '';
  return names.length === 0 ? text : `${text}: ${names.slice(0, MOST_PODS).join(', ')}${more}`;
}

function labelled(label: string, text: string, page: Page): readonly Line[] {
  const line = [plain(label.padEnd(LABEL_WIDTH)), plain(text)];
  return wrapIndented(line, { width: page.width, start: 2, hang: 2 + LABEL_WIDTH });
}

function loserLines(losers: readonly MeshLoserAnswer[], page: Page): Block {
  if (losers.length === 0) return [];
  const shown = page.level === 'verbose' ? losers : losers.slice(0, MOST_SHOWN);
  return [
    [
      plain(
        `${count(losers.length, 'rule')} of the host that ${losers.length === 1 ? 'does' : 'do'} not get it`,
      ),
    ],
    ...rowLines(
      shown.map(({ rule, reason, at }) => [rule, reason, placeText(at)]),
      page,
    ),
    ...(shown.length === losers.length
      ? []
      : [indented(`and ${losers.length - shown.length} more (-v shows all)`)]),
  ];
}

function serviceBlock(service: VirtualServiceAnswer, page: Page): Block {
  const { namespace, name, hosts, gateways, role, viewpoint, rules, exportTo, at } = service;
  const title = `VirtualService ${namespace}/${name}   ${placeText(at)}`;
  if (role !== 'root') {
    const text =
      role === 'delegate'
        ? 'no hosts: others hand over to it'
        : "Istio's webhook refuses it: no proxy gets it";
    return [[plain(title)], ...labelled('role', text, page)];
  }
  const isVerbose = page.level === 'verbose';
  const shown = isVerbose ? rules : rules.slice(0, MOST_ROWS);
  const hidden = rules.length - shown.length;
  return [
    ...wrap([plain(title)], { width: page.width, start: 0, hang: 2 }),
    ...labelled('hosts', hosts.map((each) => hostText(each, gateways)).join(', '), page),
    ...labelled(
      'for',
      gateways.map((each) => (each === 'mesh' ? 'sidecars' : `Gateway ${each}`)).join(', '),
      page,
    ),
    ...(exportTo.length === 0 ? [] : labelled('exported to', exportTo.join(', '), page)),
    ...labelled('as seen by', viewpoint, page),
    ...shown.flatMap((rule, index) => ruleLines(rule, index, page)),
    ...(hidden === 0 ? [] : [indented(`and ${count(hidden, 'more rule')} (-v shows all)`)]),
  ];
}

/** For sidecars it matters whether a service has the host. */
function hostText(
  { host, kind }: VirtualServiceAnswer['hosts'][number],
  gateways: readonly string[],
): string {
  return kind === 'name' && gateways.includes('mesh') ? `${host} (a name, no service)` : host;
}

function ruleLines(
  { protocol, conditions, actions, destinations, at }: MeshRuleAnswer,
  index: number,
  page: Page,
): readonly Line[] {
  const does = actions.length === 0 ? '' : `; ${actions.join(', ')}`;
  const what = protocol === 'http' ? '' : `${protocol} `;
  const head = `${index + 1}  ${what}${conditions.join(' | ')}${does}   ${placeText(at)}`;
  return [
    ...wrapIndented([plain(head)], { width: page.width, start: 2, hang: 5 }),
    ...rowLines(
      destinations.map((each) => destinationCells(each, page)),
      page,
      5,
    ),
  ];
}

function destinationCells(destination: MeshDestinationAnswer, page: Page): readonly string[] {
  const { pods, endpoints, state, flag, at } = destination;
  const amount = pods.length > 0 ? count(pods.length, 'pod') : count(endpoints.length, 'endpoint');
  const status = [destination.status, flag].filter((each) => each !== undefined).join(' ');
  return [
    `${page.glyphs.flows} ${percent(destination.weight)}`,
    destinationText({ ...destination, weight: 100 }),
    state === 'ready' ? amount : `${STATES[state] ?? state} ${status}`.trimEnd(),
    at === undefined ? '' : placeText(at),
  ];
}

const STATES: Readonly<Record<string, string>> = {
  'no-such-service': 'no such host',
  'no-such-port': 'no such port',
  'no-such-subset': 'no such subset',
  'no-endpoints': 'no endpoint',
};
