/**
 * Conditions of HTTP rules as Envoy tests them. Source: istio/istio:pilot/pkg/networking/core/route/route.go
 * TranslateRouteMatch, envoyproxy/envoy:source/common/router/config_impl.cc. Rules: docs/semantics/istio.md 7.3 to 7.6.
 */

import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { StringMatch } from '../../k8s/istio-parts/string-match.ts';
import { compileFullMatch } from '../match.ts';
import { splitQuery } from '../request.ts';
import type { MeshRequest } from './mesh-request.ts';

/** What a condition can see. */
export interface HttpView extends Pick<MeshRequest, 'method' | 'authority' | 'headers'> {
  readonly scheme: 'http' | 'https';
  /** Without the query. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** A request as conditions see it. */
export function httpView(request: MeshRequest, scheme: HttpView['scheme']): HttpView {
  const { method, authority, headers, uri } = request;
  return { method, authority, headers, scheme, ...splitQuery(uri) };
}

export interface Condition {
  /** `uri prefix /api`, `header x-user exact a`. */
  readonly text: string;
  holds(view: HttpView): boolean;
}

/** The tests of an entry of `match`; it holds where all hold. */
export interface CompiledMatch {
  readonly conditions: readonly Condition[];
  /** Nothing is asked: every request matches. */
  readonly isCatchAll: boolean;
  /** Conditions that cannot be told from a request: claims of a token. */
  readonly unknown: readonly string[];
}

type Test = (value: string) => boolean;

const CLAIM = /^@request\.auth\.claims/i;
const EVERYTHING: CompiledMatch = { conditions: [], isCatchAll: true, unknown: [] };

/** @param match undefined: a rule without conditions. */
export function compileHttpMatch(match: HttpMatch | undefined): CompiledMatch {
  if (match === undefined) return EVERYTHING;
  const uri = uriCondition(match);
  const claims = [...match.headers, ...match.withoutHeaders]
    .map(([name]) => name)
    .filter((name) => CLAIM.test(name));
  const others = [
    ...[...match.headers].flatMap(([name, test]) => headerCondition(name, test, 'with')),
    ...[...match.withoutHeaders].flatMap(([name, test]) => headerCondition(name, test, 'without')),
    ...pseudoConditions(match),
    ...[...match.queryParams].map(([name, test]) => queryCondition(name, test)),
  ];
  return {
    conditions: [...(uri === undefined ? [] : [uri]), ...others],
    isCatchAll: isEveryPath(match.uri) && others.length === 0 && claims.length === 0,
    unknown: claims,
  };
}

function isEveryPath(uri: StringMatch | undefined): boolean {
  if (uri === undefined || uri.kind === 'presence') return true;
  return (uri.kind === 'prefix' && uri.value === '/') || (uri.kind === 'regex' && uri.value === '.*');
}

function uriCondition({ uri, ignoreUriCase }: HttpMatch): Condition | undefined {
  if (uri === undefined || uri.kind === 'presence') return undefined;
  // A regular expression does not know of `ignoreUriCase`.
  const fold =
    ignoreUriCase && uri.kind !== 'regex' ? (text: string) => text.toLowerCase() : (text: string) => text;
  const test = textTest({ kind: uri.kind, value: fold(uri.value) });
  return {
    text: `uri ${uri.kind} ${uri.value}`,
    holds: (view) => test(fold(view.path)),
  };
}

function pseudoConditions({ method, authority, scheme }: HttpMatch): readonly Condition[] {
  const parts = [
    { name: 'method', match: method, read: (view: HttpView) => view.method },
    { name: 'authority', match: authority, read: (view: HttpView) => view.authority },
    { name: 'scheme', match: scheme, read: (view: HttpView): string => view.scheme },
  ];
  return parts.flatMap(({ name, match, read }) => {
    if (match === undefined) return [];
    const test = textTest(match);
    return [{ text: `${name} ${printMatch(match)}`, holds: (view: HttpView) => test(read(view)) }];
  });
}

/**
 * A missing header is empty for a value that must not be there, so that it satisfies the condition; for mere presence
 * it means what it says.
 */
function headerCondition(name: string, match: StringMatch, mode: 'with' | 'without'): readonly Condition[] {
  if (CLAIM.test(name)) return [];
  const key = name.toLowerCase();
  const text = `${mode === 'with' ? 'header' : 'without header'} ${name} ${printMatch(match)}`;
  const read = ({ headers, authority }: HttpView) =>
    headers.get(key) ?? (key === 'host' ? authority : undefined);
  if (isPresence(match)) {
    return [{ text, holds: (view) => (read(view) !== undefined) === (mode === 'with') }];
  }
  const test = textTest(match);
  if (mode === 'without') return [{ text, holds: (view) => !test(read(view) ?? '') }];
  return [
    {
      text,
      holds: (view) => {
        const value = read(view);
        return value !== undefined && test(value);
      },
    },
  ];
}

function queryCondition(name: string, match: StringMatch): Condition {
  const test = textTest(match);
  return {
    text: `query parameter ${name} ${printMatch(match)}`,
    holds: (view) => {
      const value = queryParameter(view.query, name);
      return value !== undefined && test(value);
    },
  };
}

/** The first parameter of a name, nothing decoded. */
function queryParameter(query: string, name: string): string | undefined {
  for (const part of query.slice(1).split('&')) {
    const equals = part.indexOf('=');
    const key = equals < 0 ? part : part.slice(0, equals);
    if (part !== '' && key === name) return equals < 0 ? '' : part.slice(equals + 1);
  }
  return undefined;
}

/** The star alone is no regular expression: it asks for presence. */
function isPresence(match: StringMatch): boolean {
  return match.kind === 'presence' || (match.kind === 'regex' && match.value === '*');
}

function textTest(match: StringMatch): Test {
  if (isPresence(match)) return () => true;
  switch (match.kind) {
    case 'exact':
      return (value) => value === match.value;
    case 'prefix':
      return (value) => value.startsWith(match.value);
    case 'regex': {
      const matches = compileFullMatch(match.value);
      // What RE2 cannot read, Envoy refuses; no request matches it.
      return matches ?? (() => false);
    }
    default:
      return () => true;
  }
}

function printMatch(match: StringMatch): string {
  return match.kind === 'presence' ? 'present' : `${match.kind} ${match.value}`;
}
