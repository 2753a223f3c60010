/** The rules that match a request too, and what beats each. */

import type { Loser, Route } from '../../route-table.ts';
import { matchingBlocks } from './locations.ts';
import type { Block, Server, ServerBlocks } from './model.ts';
import { CATCH_ALL } from './servers.ts';
import type { NginxTable } from './table.ts';

interface Lost {
  readonly table: NginxTable;
  readonly host: string;
  readonly path: string;
  readonly blocks: ServerBlocks;
  readonly winner: Block | undefined;
}

/** Of the chosen host first, then of the less specific ones: no request falls through to them. */
export function losersOf({ table, host, path, blocks, winner }: Lost): readonly Loser[] {
  const won = winner?.location.route;
  const seen = new Set<Route>(won === undefined ? [] : [won]);
  const losers: Loser[] = [];
  const add = (route: Route | undefined, beatenBy: Route | undefined, reason: string) => {
    if (route === undefined || seen.has(route)) return;
    seen.add(route);
    losers.push({ route, ...(beatenBy === undefined ? {} : { beatenBy }), reason });
  };
  for (const block of matchingBlocks(blocks, path)) {
    add(block.location.route, won, whyBeaten(block, winner));
  }
  for (const { route, beatenBy, reason } of blocks.server.ignored) {
    if (isPrefixOf(route.path, path)) add(route, beatenBy, reason);
  }
  for (const server of otherServers(table, host, blocks.server)) {
    const reason = `host ${blocks.server.hostname} is the more specific one, and nothing falls through`;
    for (const block of matchingBlocks(table.blocksOf(server), path)) add(block.location.route, won, reason);
  }
  return losers;
}

function isPrefixOf(path: string, asked: string): boolean {
  return asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`);
}

function whyBeaten(block: Block, winner: Block | undefined): string {
  if (winner === undefined) return '';
  if (winner.kind === 'exact' && block.kind !== 'exact') return `= ${winner.text} is tried before prefixes`;
  if (winner.kind === 'regex') {
    return winner.text.length > block.text.length
      ? `the path ${winner.text} is longer, so it is tried before`
      : `the path ${winner.text} is later in the alphabet, so it is tried before`;
  }
  return `${winner.text} is longer`;
}

/** Servers whose names match the host as well. */
function otherServers({ servers }: NginxTable, host: string, chosen: Server): readonly Server[] {
  const dot = host.indexOf('.');
  const names = [...(dot > 0 ? [`*${host.slice(dot)}`] : []), CATCH_ALL];
  return names.flatMap((name) => servers.get(name) ?? []).filter((server) => server !== chosen);
}
