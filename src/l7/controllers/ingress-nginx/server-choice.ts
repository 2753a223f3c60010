/**
 * Which server answers a Host: exact names, then aliases with a leading `*`, with a trailing one, then regular
 * expressions in order of the host names (of which `*.host` is one: a single label), else the catch-all. Source:
 * nginx:src/http/ngx_http_core_module.c ngx_http_find_virtual_server, kubernetes/ingress-nginx:rootfs/etc/nginx/template.
 */

import { compareText } from '../../../collections/order.ts';
import { compilePattern, type Pattern } from '../../match.ts';
import type { Server } from './model.ts';
import { CATCH_ALL } from './servers.ts';

/** A host that only sends to another one (from-to-www-redirect). */
export interface WwwRedirect {
  readonly from: string;
  readonly to: Server;
}

export interface ServerChoice {
  choose(host: string): Server | WwwRedirect;
  /** Servers in the order in which their names are tried. */
  readonly order: readonly Server[];
}

const LABEL = /^[\w-]+$/;

/** Prepares the choice. */
export function serverChoice(servers: ReadonlyMap<string, Server>): ServerChoice {
  const sorted = [...servers.values()].sort((a, b) => compareText(a.hostname, b.hostname));
  const exact = new Map<string, Server | WwwRedirect>();
  const wildcards = new Map<string, Server>();
  const heads = new Map<string, Server>();
  const tails = new Map<string, Server>();
  const patterns: { readonly pattern: Pattern; readonly server: Server }[] = [];
  for (const server of sorted) {
    const { hostname } = server;
    if (hostname.startsWith('*.')) wildcards.set(hostname.slice(1), server);
    else if (hostname !== CATCH_ALL) exact.set(hostname, server);
    for (const alias of server.aliases) addAlias(alias, server);
  }
  for (const redirect of wwwRedirects(sorted, servers))
    if (!exact.has(redirect.from)) exact.set(redirect.from, redirect);

  function addAlias(alias: string, server: Server): void {
    const name = alias.toLowerCase();
    const known = alias.startsWith('~') ? compilePattern(alias.slice(1), 'case') : undefined;
    if (alias.startsWith('~')) {
      if (known !== undefined) patterns.push({ pattern: known, server });
    } else if (name.startsWith('*.')) setOnce(heads, name.slice(1), server);
    else if (name.endsWith('.*')) setOnce(tails, name.slice(0, -1), server);
    else if (!exact.has(name)) exact.set(name, server);
  }

  function byPattern(host: string): Server | undefined {
    const dot = host.indexOf('.');
    const wildcard = dot > 0 && LABEL.test(host.slice(0, dot)) ? wildcards.get(host.slice(dot)) : undefined;
    const matching = patterns.find(({ pattern }) => pattern.match(host) !== undefined)?.server;
    if (wildcard === undefined || matching === undefined) return wildcard ?? matching;
    return compareText(wildcard.hostname, matching.hostname) <= 0 ? wildcard : matching;
  }

  const catchAll = servers.get(CATCH_ALL);
  return {
    choose: (host) => {
      const found =
        exact.get(host) ??
        longestHead(heads, host) ??
        longestTail(tails, host) ??
        byPattern(host) ??
        catchAll;
      if (found === undefined) throw new Error('there is always a catch-all');
      return found;
    },
    order: [
      ...sorted.filter(({ hostname }) => hostname !== CATCH_ALL && !hostname.startsWith('*.')),
      ...sorted.filter(({ hostname }) => hostname.startsWith('*.')),
      ...sorted.filter(({ hostname }) => hostname === CATCH_ALL),
    ],
  };
}

function setOnce(map: Map<string, Server>, key: string, server: Server): void {
  if (!map.has(key)) map.set(key, server);
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
