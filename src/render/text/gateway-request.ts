/** A request at a gateway as people read it: what becomes of it, why, and which rules match too. */

import type { GatewayLoserAnswer, GatewayRequestAnswer } from '../../query/gateway/gateway-answer.ts';
import { type Line, plain, wrap, wrapIndented } from './layout.ts';
import type { Page } from './page.ts';
import { placeText } from './sources.ts';
import { type Block, indented, MOST_ROWS } from './table.ts';
import { count } from './words.ts';

/** `200  GET http://h/foo/bar → shop/web:80 as /bar   by Gateway/shop/edge`. */
export function gatewayRequestHeadline(request: GatewayRequestAnswer, page: Page): Block {
  const { url, method, via, status, grpcStatus, connection, rewrittenPath } = request;
  const isGood = connection === undefined && (grpcStatus ?? 'OK') === 'OK' && (status ?? 200) < 400;
  const word = connection ?? grpcStatus ?? (status === undefined ? 'passed on' : String(status));
  const asked = status === undefined && grpcStatus === undefined ? '' : `${method} `;
  const as = rewrittenPath === undefined ? '' : ` as ${rewrittenPath}`;
  const text = `  ${asked}${url} ${page.glyphs.flows} ${targetText(request)}${as}   by ${via}`;
  return wrap([{ text: word, tone: isGood ? 'good' : 'bad' }, plain(text)], {
    width: page.width,
    start: 0,
    hang: word.length + 2,
  });
}

function targetText({ backend, weights, redirect }: GatewayRequestAnswer): string {
  const shares = Object.entries(weights ?? {})
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${Math.round(share * 1000) / 10} % ${name}`);
  return backend ?? (shares.length > 0 ? shares.join(', ') : (redirect ?? 'no backend'));
}

const LABEL_WIDTH = 13;

/** Why, and what arrives. */
export function gatewayRequestLines(request: GatewayRequestAnswer, page: Page): Block {
  const { matched, at, endpoints, mirroredTo = [], tls, tlsSecret, backendTls } = request;
  const isVerbose = page.level === 'verbose';
  const mirrors = mirroredTo.map(({ backend, percent = 100 }) => `${backend} (${percent} %)`);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['because', request.reason],
    ['listener', request.listener],
    ['rule', matched === undefined ? undefined : `${matched}   ${at === undefined ? '' : placeText(at)}`],
    ['endpoints', endpoints === undefined ? undefined : endpointText(endpoints, isVerbose)],
    ['path', request.rewrittenPath === undefined ? undefined : `${request.rewrittenPath} (rewritten)`],
    ['host', request.rewrittenHost === undefined ? undefined : `${request.rewrittenHost} (rewritten)`],
    ['tls', tls],
    ['certificate', tlsSecret],
    ['backend TLS', backendTls === undefined ? undefined : `verified as ${backendTls}`],
    ['mirrored to', mirrors.length === 0 ? undefined : mirrors.join(', ')],
    ['at backend', headerText(request.requestHeaders)],
    ['at client', headerText(request.responseHeaders)],
  ];
  return rows.flatMap(([label, text]) => (text === undefined ? [] : labelled(label, text, page)));
}

function endpointText(endpoints: readonly string[], isVerbose: boolean): string {
  return isVerbose || endpoints.length <= 3
    ? endpoints.join(', ')
    : `${endpoints.slice(0, 2).join(', ')} and ${endpoints.length - 2} more`;
}

function headerText(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  const texts = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}`);
  return texts.length === 0 ? undefined : texts.join('; ');
}

function labelled(label: string, text: string, page: Page): readonly Line[] {
  const line = [plain(label.padEnd(LABEL_WIDTH)), plain(text)];
  return wrapIndented(line, { width: page.width, start: 2, hang: 2 + LABEL_WIDTH });
}

/** The rules that match too, each with why it does not get the request. */
export function gatewayLoserLines(losers: readonly GatewayLoserAnswer[], page: Page): Block {
  if (losers.length === 0) return [];
  const shown = page.level === 'verbose' ? losers : losers.slice(0, MOST_ROWS);
  return [
    [plain(`${count(losers.length, 'rule')} that ${losers.length === 1 ? 'matches' : 'match'} too`)],
    ...shown.flatMap(({ rule, matcher, reason, at }) => [
      ...wrapIndented([plain(`${rule}  ${matcher}   ${placeText(at)}`)], {
        width: page.width,
        start: 2,
        hang: 4,
      }),
      ...wrapIndented([plain(reason)], { width: page.width, start: 4, hang: 4 }),
    ]),
    ...(shown.length === losers.length
      ? []
      : [indented(`and ${losers.length - shown.length} more (-v shows all)`)]),
  ];
}
