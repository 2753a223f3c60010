/**
 * HTTPRoute: hosts, paths, headers and more to backends. What the API server would refuse is reported in its
 * words. Source: kubernetes-sigs/gateway-api:apis/v1/httproute_types.go.
 */

import { type Fields, readEnum, readMapping, readSection, readString, reportInvalid } from '../fields.ts';
import type { RouteFilter } from '../gateway-parts/filters.ts';
import { hasEntries } from '../gateway-parts/hostnames.ts';
import { readValueMatches, type ValueMatch } from '../gateway-parts/matches.ts';
import { type MatchingRule, type RouteBody, readMatchingRule, readRoute } from '../gateway-parts/route.ts';
import type { K8sObject, KindReader } from '../object.ts';

export type HttpPathType = 'Exact' | 'PathPrefix' | 'RegularExpression';

export interface HttpMatch {
  readonly path: { readonly type: HttpPathType; readonly value: string };
  /** Names in lower case. */
  readonly headers: readonly ValueMatch[];
  readonly query: readonly ValueMatch[];
  readonly method?: string;
}

export type HttpRouteBody = RouteBody<MatchingRule<HttpMatch>>;
export type HttpRouteObject = K8sObject<'HTTPRoute', HttpRouteBody>;

const PATH_TYPES: readonly HttpPathType[] = ['Exact', 'PathPrefix', 'RegularExpression'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const BAD_PARTS = ['//', '/./', '/../', '%2f', '%2F', '#'];
const BAD_ENDS = ['/..', '/.'];

export const httpRouteReader: KindReader<'HTTPRoute', HttpRouteBody> = {
  kind: 'HTTPRoute',
  apiVersions: ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1alpha2'],
  stillServed: ['gateway.networking.k8s.io/v1beta1'],
  namespaced: true,
  read: (fields) => {
    const route = readRoute(fields, readHttpRule);
    const isWritten = hasEntries(readSection(fields, 'spec'), 'rules');
    return isWritten ? route : { ...route, rules: [RULE_OF_NONE] };
  },
};

/** The default of `rules`: one that matches everything and has no backend. */
const RULE_OF_NONE: MatchingRule<HttpMatch> = {
  backends: [],
  filters: [],
  unmodelled: [],
  path: ['spec', 'rules'],
};

function readHttpRule(fields: Fields): MatchingRule<HttpMatch> {
  const rule = readMatchingRule(fields, 'http', readMatch);
  const all: readonly RouteFilter[] = [...rule.filters, ...rule.backends.flatMap(({ filters }) => filters)];
  const redirects = rule.filters.some(({ kind }) => kind === 'redirect');
  if (redirects && rule.backends.length > 0) {
    reportInvalid(
      fields,
      [],
      fields.raw,
      'RequestRedirect filter must not be used together with backendRefs',
    );
  }
  if (redirects && rule.filters.some(({ kind }) => kind === 'rewrite')) {
    const text =
      'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both';
    reportInvalid(fields, ['filters'], fields.raw['filters'], text);
  }
  const { matches = [] } = rule;
  const isOnePrefix = matches.length <= 1 && matches.every(({ path }) => path.type === 'PathPrefix');
  for (const filter of isOnePrefix ? [] : all) {
    if (filter.kind !== 'redirect' && filter.kind !== 'rewrite') continue;
    if (filter.newPath?.type !== 'ReplacePrefixMatch') continue;
    const name = filter.kind === 'redirect' ? 'RequestRedirect' : 'URLRewrite';
    const text = `When using ${name} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`;
    reportInvalid({ ...fields, path: filter.path }, [], fields.raw, text);
  }
  return rule;
}

function readMatch(fields: Fields): HttpMatch | undefined {
  const path = readPath(fields);
  const headers = readValueMatches(fields, 'headers', (name) => name.toLowerCase());
  const query = readValueMatches(fields, 'queryParams', (name) => name);
  const method = readEnum(fields, 'method', METHODS);
  const isMethodUnreadable = (fields.raw['method'] ?? '') !== '' && method === undefined;
  if (path === undefined || headers === undefined || query === undefined || isMethodUnreadable) {
    return undefined;
  }
  return { path, headers, query, ...(method === undefined ? {} : { method }) };
}

function readPath(fields: Fields): HttpMatch['path'] | undefined {
  const path = readMapping(fields, 'path');
  if (path === undefined) return { type: 'PathPrefix', value: '/' };
  const type = (path.raw['type'] ?? '') === '' ? 'PathPrefix' : readEnum(path, 'type', PATH_TYPES);
  const value = readString(path, 'value') ?? '/';
  if (type === undefined) return undefined;
  const complaint = pathComplaint(type, value);
  if (complaint === undefined) return { type, value };
  reportInvalid(path, ['value'], value, complaint);
  return undefined;
}

function pathComplaint(type: HttpPathType, value: string): string | undefined {
  if (type === 'RegularExpression') return undefined;
  if (!value.startsWith('/')) {
    return "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']";
  }
  const part = BAD_PARTS.find((each) => value.includes(each));
  const where = "when type one of ['Exact', 'PathPrefix']";
  if (part !== undefined) return `must not contain '${part}' ${where}`;
  const end = BAD_ENDS.find((each) => value.endsWith(each));
  return end === undefined ? undefined : `cannot end with '${end}' ${where}`;
}
