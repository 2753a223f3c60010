/**
 * Matches of HTTPRoutes and GRPCRoutes in one form: where in the path a match can be found, what else it asks for,
 * and how it ranks. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go `matches`, grpcroute_types.go.
 */

import type { ValueMatch } from '../../k8s/gateway-parts/matches.ts';
import type { MatchingRule } from '../../k8s/gateway-parts/route.ts';
import type { GrpcMatch } from '../../k8s/kinds/grpc-route.ts';
import type { HttpMatch } from '../../k8s/kinds/http-route.ts';
import { compilePattern } from '../match.ts';
import { splitQuery } from '../request.ts';
import { byAge } from './age.ts';
import type { EffectiveHostname, GatewayRule } from './model.ts';
import { type GatewayRequest, queryParameters } from './request.ts';

/** Where a match is found: by the whole path, by a prefix of it, or only by looking. */
export type Locator =
  | { readonly kind: 'exact'; readonly path: string }
  /** Without a slash at the end; empty: every path. */
  | { readonly kind: 'prefix'; readonly path: string }
  | { readonly kind: 'scan' };

export interface GatewayMatch {
  readonly rule: GatewayRule;
  /** The hostname that it stands under, and as the route has it. */
  readonly hostname: EffectiveHostname;
  /** `PathPrefix /api`, `Exact /login GET`. */
  readonly matcher: string;
  readonly locator: Locator;
  /** The prefix as it is written, which a rewrite takes away. */
  readonly prefix?: string;
  /** Within a hostname, the greater the better, from left to right. */
  readonly rank: readonly number[];
  /** Its dialect or place in the order is the implementation's affair. */
  readonly usesPattern: boolean;
  /** Does the rest of it hold, where the locator does? */
  holds(request: ParsedRequest): boolean;
}

/** What matches look at, taken apart once. */
export interface ParsedRequest {
  readonly request: GatewayRequest;
  readonly path: string;
  readonly query: () => ReadonlyMap<string, string>;
}

/** Takes a request apart. */
export function parsedRequest(request: GatewayRequest): ParsedRequest {
  let known: ReadonlyMap<string, string> | undefined;
  return {
    request,
    path: splitQuery(request.uri).path,
    query: () => {
      known ??= queryParameters(request.uri);
      return known;
    },
  };
}

type Test = (request: ParsedRequest) => boolean;

const EXACT = 2;
/** Regular expressions have no place in the order of the API; as most implementations, before prefixes. */
const PATTERN = 1;
const PREFIX = 0;

/** The matches of a rule of an HTTPRoute. @param hostname under which they stand. */
export function httpMatches(
  rule: GatewayRule,
  { matches = [EVERY_PATH] }: MatchingRule<HttpMatch>,
  hostname: EffectiveHostname,
): readonly GatewayMatch[] {
  return matches.map((match): GatewayMatch => {
    const { path, method, headers, query } = match;
    const tests: Test[] = [
      ({ request }) => method === undefined || request.method === method,
      ...headers.map(headerTest),
      ...query.map(queryTest),
    ];
    const located = httpLocator(path);
    const isPattern = path.type === 'RegularExpression';
    const order = path.type === 'Exact' ? EXACT : isPattern ? PATTERN : PREFIX;
    return {
      rule,
      hostname,
      matcher: httpText(match),
      ...located,
      rank: [order, path.value.length, method === undefined ? 0 : 1, headers.length, query.length],
      usesPattern: isPattern || [...headers, ...query].some(({ type }) => type === 'RegularExpression'),
      holds: holdsAll(isPattern ? [patternTest(path.value, (request) => request.path), ...tests] : tests),
    };
  });
}

const EVERY_PATH: HttpMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], query: [] };

function httpLocator({ type, value }: HttpMatch['path']): Pick<GatewayMatch, 'locator' | 'prefix'> {
  if (type === 'Exact') return { locator: { kind: 'exact', path: value } };
  if (type === 'RegularExpression') return { locator: { kind: 'scan' } };
  return { locator: { kind: 'prefix', path: withoutSlash(value) }, prefix: value };
}

/** The matches of a rule of a GRPCRoute: the path of a call is `/service/method`. */
export function grpcMatches(
  rule: GatewayRule,
  { matches = [EVERY_CALL] }: MatchingRule<GrpcMatch>,
  hostname: EffectiveHostname,
): readonly GatewayMatch[] {
  return matches.map((match): GatewayMatch => {
    const { type, service, method, headers } = match;
    const isPattern = type === 'RegularExpression';
    return {
      rule,
      hostname,
      matcher: grpcText(match),
      locator: isPattern ? { kind: 'scan' } : grpcLocator(match),
      rank: [service?.length ?? 0, method?.length ?? 0, headers.length],
      usesPattern: isPattern || headers.some((each) => each.type === 'RegularExpression'),
      holds: holdsAll([({ request }) => request.isGrpc, callTest(match), ...headers.map(headerTest)]),
    };
  });
}

const EVERY_CALL: GrpcMatch = { type: 'Exact', headers: [] };

function grpcLocator({ service, method }: GrpcMatch): Locator {
  if (service === undefined) return method === undefined ? { kind: 'prefix', path: '' } : { kind: 'scan' };
  if (method === undefined) return { kind: 'prefix', path: `/${service}` };
  return { kind: 'exact', path: `/${service}/${method}` };
}

function callTest({ type, service, method }: GrpcMatch): Test {
  const tests = [service, method].map((wanted, index): Test => {
    if (wanted === undefined) return () => true;
    const part = ({ path }: ParsedRequest) => path.split('/')[index + 1] ?? '';
    return type === 'Exact' ? (request) => part(request) === wanted : patternTest(wanted, part);
  });
  return holdsAll(tests);
}

function holdsAll(tests: readonly Test[]): Test {
  return (request) => tests.every((test) => test(request));
}

function headerTest({ name, type, value }: ValueMatch): Test {
  return valueTest(type, value, ({ request }) =>
    name === 'host' ? request.host : request.headers.get(name),
  );
}

function queryTest({ name, type, value }: ValueMatch): Test {
  return valueTest(type, value, ({ query }) => query().get(name));
}

function valueTest(
  type: ValueMatch['type'],
  value: string,
  read: (request: ParsedRequest) => string | undefined,
): Test {
  return type === 'Exact' ? (request) => read(request) === value : patternTest(value, read);
}

/** The whole text must match, as with Envoy. A pattern that RE2 cannot read matches nothing. */
function patternTest(source: string, read: (request: ParsedRequest) => string | undefined): Test {
  let compiled: ReturnType<typeof compilePattern> | 'not yet' = 'not yet';
  return (request) => {
    // Alone first: only so is `a)(b` no pattern.
    if (compiled === 'not yet') {
      compiled = compilePattern(source, 'case') && compilePattern(`\\A(?:${source})\\z`, 'case');
    }
    const text = read(request);
    return text !== undefined && compiled?.match(text) !== undefined;
  };
}

/** Sorts the matches of one hostname as they are tried (httproute_types.go `matches`). */
export function byPrecedence(a: GatewayMatch, b: GatewayMatch): number {
  for (const [index, value] of a.rank.entries()) {
    const difference = (b.rank[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  // Of narrowed hostnames the wider one was less specific (`hostnames`).
  const declared = b.hostname.declared.length - a.hostname.declared.length;
  return declared || byAge(a.rule.route, b.rule.route) || a.rule.index - b.rule.index;
}

/** A trailing slash is ignored; empty for `/`. */
function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

function httpText({ path, method, headers, query }: HttpMatch): string {
  return [
    `${path.type} ${path.value}`,
    ...(method === undefined ? [] : [method]),
    ...headers.map(({ name, type, value }) => `${name}${type === 'Exact' ? '=' : '~'}${value}`),
    ...query.map(({ name, type, value }) => `?${name}${type === 'Exact' ? '=' : '~'}${value}`),
  ].join(' ');
}

function grpcText({ type, service = '*', method = '*', headers }: GrpcMatch): string {
  const word = type === 'Exact' ? '' : `${type} `;
  return [`${word}${service}/${method}`, ...headers.map(({ name, value }) => `${name}=${value}`)].join(' ');
}
