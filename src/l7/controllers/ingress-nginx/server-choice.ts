/**
 * Which server answers a Host: exact names, then aliases with a leading `*`, with a trailing one, then regular
 * expressions in order of the host names (of which `*.host` is one: a single label), else the catch-all. Source:
 * nginx:src/http/ngx_http_core_module.c ngx_http_find_virtual_server, kubernetes/ingress-nginx:rootfs/etc/nginx/template.
 */

import { compareText } from '../../../collections/order.ts';
import type { Pattern } from '../../match.ts';
import { readAlias } from './annotations.ts';
import type { Server } from './model.ts';
import { CATCH_ALL } from './servers.ts';

/** A host that only sends to another one (from-to-www-redirect). */
export interface WwwRedirect {
  readonly from: string;
  readonly to: Server;
}

export interface ServerChoice {
  choose(host: string): Server | WwwRedirect;
  /** Hosts that only send to another one. */
  readonly redirects: readonly WwwRedirect[];
  /** Servers in the order in which their names are tried. */
  readonly order: readonly Server[];
}

const LABEL = /^[\w-]+$/;

/** The names of servers, as nginx keeps them: whole ones, those with a star at an end, and regular expressions. */
interface Names {
  readonly exact: Map<string, Server | WwwRedirect>;
  /** `.bar.example` of `*.bar.example`. */
  readonly heads: Map<string, Server>;
  /** `www.` of `www.*`. */
  readonly tails: Map<string, Server>;
  readonly patterns: { readonly pattern: Pattern; readonly server: Server }[];
}

/** Prepares the choice. */
export function serverChoice(servers: ReadonlyMap<string, Server>): ServerChoice {
  const sorted = [...servers.values()].sort((a, b) => compareText(a.hostname, b.hostname));
  const names: Names = { exact: new Map(), heads: new Map(), tails: new Map(), patterns: [] };
  const wildcards = new Map<string, Server>();
  for (const server of sorted) {
    const { hostname } = server;
    if (hostname.startsWith('*.')) wildcards.set(hostname.slice(1), server);
    else if (hostname !== CATCH_ALL) names.exact.set(hostname, server);
  }
  // Their servers stand before the others, and of two servers with a name the first has it.
  const redirects = wwwRedirects(sorted, servers);
  for (const redirect of redirects) names.exact.set(redirect.from, redirect);
  for (const server of sorted) for (const alias of server.aliases) addAlias(names, alias, server);
  const catchAll = servers.get(CATCH_ALL);
  return {
    choose: (host) => {
      const found =
        names.exact.get(host) ??
        longestHead(names.heads, host) ??
        longestTail(names.tails, host) ??
        byPattern(names, wildcards, host) ??
        catchAll;
      if (found === undefined) throw new Error('there is always a catch-all');
      return found;
    },
    redirects,
    order: [
      ...sorted.filter(({ hostname }) => hostname !== CATCH_ALL && !hostname.startsWith('*.')),
      ...sorted.filter(({ hostname }) => hostname.startsWith('*.')),
      ...sorted.filter(({ hostname }) => hostname === CATCH_ALL),
    ],
  };
}

function addAlias({ exact, heads, tails, patterns }: Names, alias: string, server: Server): void {
  const name = alias.toLowerCase();
  if (alias.startsWith('~')) {
    const pattern = readAlias(alias);
    if (pattern !== undefined) patterns.push({ pattern, server });
  } else if (name.startsWith('.')) {
    // The name itself, and everything below it.
    setOnce(exact, name.slice(1), server);
    setOnce(heads, name, server);
  } else if (name.startsWith('*.')) setOnce(heads, name.slice(1), server);
  else if (name.endsWith('.*')) setOnce(tails, name.slice(0, -1), server);
  else setOnce(exact, name, server);
}

/** The first server whose regular expression matches; of a wildcard host that is one of a single label. */
function byPattern(
  { patterns }: Names,
  wildcards: ReadonlyMap<string, Server>,
  host: string,
): Server | undefined {
  const dot = host.indexOf('.');
  const wildcard = dot > 0 && LABEL.test(host.slice(0, dot)) ? wildcards.get(host.slice(dot)) : undefined;
  const matching = patterns.find(({ pattern }) => pattern.match(host) !== undefined)?.server;
  if (wildcard === undefined || matching === undefined) return wildcard ?? matching;
  return compareText(wildcard.hostname, matching.hostname) <= 0 ? wildcard : matching;
}

function setOnce<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (!map.has(key)) map.set(key, value);
}

/** `.bar.example` of `x.y.bar.example`; the longest first. */
function longestHead(heads: ReadonlyMap<string, Server>, host: string): Server | undefined {
  if (heads.size === 0) return undefined;
  for (let dot = host.indexOf('.', 1); dot > 0; dot = host.indexOf('.', dot + 1)) {
    const server = heads.get(host.slice(dot));
    if (server !== undefined) return server;
  }
  return undefined;
}

function longestTail(tails: ReadonlyMap<string, Server>, host: string): Server | undefined {
  if (tails.size === 0) return undefined;
  for (let dot = host.lastIndexOf('.'); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
    const server = tails.get(host.slice(0, dot + 1));
    if (server !== undefined) return server;
  }
  return undefined;
}

function wwwRedirects(
  sorted: readonly Server[],
  servers: ReadonlyMap<string, Server>,
): readonly WwwRedirect[] {
  return sorted.flatMap((to) => {
    const from = to.hostname.startsWith('www.') ? to.hostname.slice('www.'.length) : `www.${to.hostname}`;
    return to.fromToWww && to.hostname !== CATCH_ALL && !servers.has(from) ? [{ from, to }] : [];
  });
}
