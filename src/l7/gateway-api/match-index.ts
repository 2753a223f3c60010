/** The matches of a listener by hostname and path, so that a request looks only at those that can be it. */

import { addTo, groupBy } from '../../collections/grouping.ts';
import { compareText } from '../../collections/order.ts';
import { compareSpecificity, hostnamesFor } from './hostnames.ts';
import { byPrecedence, type GatewayMatch, type ParsedRequest } from './matches.ts';

export interface MatchIndex {
  /** Hostnames in the order in which they are tried, each with its matches in that order. */
  readonly hosts: readonly { readonly hostname: string; readonly matches: readonly GatewayMatch[] }[];
  /**
   * The matches that hold, the winner first: by hostname, then by precedence.
   * @param host in lower case, without a port.
   */
  find(host: string, request: ParsedRequest): readonly GatewayMatch[];
  /** The most specific hostname that has any matches for the host; undefined: none. */
  bestHostname(host: string): string | undefined;
}

interface HostMatches {
  readonly exact: ReadonlyMap<string, readonly GatewayMatch[]>;
  readonly prefix: ReadonlyMap<string, readonly GatewayMatch[]>;
  readonly scan: readonly GatewayMatch[];
}

/** Indexes matches. Lists are sorted when they are first asked for. */
export function matchIndex(matches: readonly GatewayMatch[]): MatchIndex {
  const byHost = groupBy(matches, ({ hostname }) => hostname.effective);
  const indexed = new Map<string, HostMatches>([...byHost].map(([host, list]) => [host, hostMatches(list)]));
  return {
    get hosts() {
      return [...byHost]
        .sort(([a], [b]) => compareSpecificity(a, b) || compareText(a, b))
        .map(([hostname, list]) => ({ hostname, matches: [...list].sort(byPrecedence) }));
    },
    find: (host, request) =>
      [...hostnamesFor(host)].flatMap((hostname) => holding(indexed.get(hostname), request)),
    bestHostname: (host) => [...hostnamesFor(host)].find((hostname) => indexed.has(hostname)),
  };
}

function hostMatches(matches: readonly GatewayMatch[]): HostMatches {
  const exact = new Map<string, GatewayMatch[]>();
  const prefix = new Map<string, GatewayMatch[]>();
  const scan: GatewayMatch[] = [];
  for (const match of matches) {
    const { locator } = match;
    if (locator.kind === 'scan') scan.push(match);
    else addTo(locator.kind === 'exact' ? exact : prefix, locator.path, match);
  }
  return { exact, prefix, scan };
}

function holding(host: HostMatches | undefined, request: ParsedRequest): readonly GatewayMatch[] {
  if (host === undefined) return [];
  const { path } = request;
  const candidates = [
    ...(host.exact.get(path) ?? []),
    ...[...prefixesOf(path)].flatMap((prefix) => host.prefix.get(prefix) ?? []),
    ...host.scan,
  ];
  return candidates.filter((match) => match.holds(request)).sort(byPrecedence);
}

/** `/a/b` for `/a/b`: `/a/b`, `/a`, and empty; what ends at a slash or at the end of the path. */
function* prefixesOf(path: string): Generator<string> {
  yield path;
  for (let slash = path.lastIndexOf('/'); slash >= 0; slash = path.lastIndexOf('/', slash - 1)) {
    yield path.slice(0, slash);
    if (slash === 0) return;
  }
}
