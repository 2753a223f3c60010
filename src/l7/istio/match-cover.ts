/** Does one match of a VirtualService take every request that another one matches? Only where that is certain. */

import type { HttpMatch } from '../../k8s/istio-parts/http-match.ts';
import type { StringMatch } from '../../k8s/istio-parts/string-match.ts';

/** Does a rule take every request that a later one asks for? A rule without matches asks for everything. */
export function takesAllOf(earlier: readonly HttpMatch[], later: readonly HttpMatch[]): boolean {
  if (earlier.length === 0 || earlier.some(takesEverything)) return true;
  return later.length > 0 && later.every((narrow) => earlier.some((wide) => covers(wide, narrow)));
}

/** Does the wide match take all requests of the narrow one? */
function covers(wide: HttpMatch, narrow: HttpMatch): boolean {
  return (
    (wide.port === undefined || wide.port === narrow.port) &&
    isForAll(wide, narrow) &&
    (wide.ignoreUriCase || !narrow.ignoreUriCase || isAnyText(wide.uri)) &&
    textCovers(wide.uri, narrow.uri) &&
    textCovers(wide.scheme, narrow.scheme) &&
    textCovers(wide.method, narrow.method) &&
    textCovers(wide.authority, narrow.authority) &&
    everyCovers(wide.headers, narrow.headers) &&
    everyCovers(wide.queryParams, narrow.queryParams) &&
    sameMatches(wide.withoutHeaders, narrow.withoutHeaders)
  );
}

/** Has the match no condition that a request could miss? */
export function takesEverything(match: HttpMatch): boolean {
  const others = [match.scheme, match.method, match.authority, match.port];
  const maps = [match.headers, match.queryParams, match.withoutHeaders, match.sourceLabels];
  const isAnyone = match.sourceNamespace === '' && match.gateways.length === 0;
  return (
    isAnyText(match.uri) &&
    isAnyone &&
    others.every((each) => each === undefined) &&
    maps.every(({ size }) => size === 0)
  );
}

/** Every client of the narrow match is one of the wide. */
function isForAll(wide: HttpMatch, narrow: HttpMatch): boolean {
  const gateways = wide.gateways.length === 0 || isSubset(narrow.gateways, wide.gateways);
  const namespace = wide.sourceNamespace === '' || wide.sourceNamespace === narrow.sourceNamespace;
  return (
    gateways &&
    namespace &&
    [...wide.sourceLabels].every(([key, value]) => narrow.sourceLabels.get(key) === value)
  );
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  return part.length > 0 && part.every((each) => whole.includes(each));
}

/** Every path begins with a slash, and every request has a path. */
function isAnyText(path: StringMatch | undefined): boolean {
  return path === undefined || path.kind === 'presence' || (path.kind === 'prefix' && path.value === '/');
}

/** undefined: any text. */
function textCovers(wide: StringMatch | undefined, narrow: StringMatch | undefined): boolean {
  if (wide === undefined) return true;
  if (narrow === undefined) return isAnyText(wide);
  if (wide.kind === 'presence') return true;
  if (narrow.kind === 'presence') return false;
  if (wide.kind === narrow.kind && wide.value === narrow.value) return true;
  return wide.kind === 'prefix' && narrow.kind !== 'regex' && narrow.value.startsWith(wide.value);
}

type Matches = ReadonlyMap<string, StringMatch>;

function everyCovers(wide: Matches, narrow: Matches): boolean {
  return [...wide].every(([name, match]) => {
    const other = narrow.get(name);
    return other !== undefined && textCovers(match, other);
  });
}

function sameMatches(wide: Matches, narrow: Matches): boolean {
  return [...wide].every(([name, match]) => {
    const other = narrow.get(name);
    return other !== undefined && JSON.stringify(other) === JSON.stringify(match);
  });
}
