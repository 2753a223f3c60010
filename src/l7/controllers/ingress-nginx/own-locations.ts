/**
 * What the catch-all server answers besides Ingresses: the health check and the page of counters. Source:
 * kubernetes/ingress-nginx:internal/ingress/controller/template/crossplane/server.go, pkg/flags/flags.go.
 */

import type { Asked, Decision } from './asked.ts';
import type { Found } from './locations.ts';
import type { ServerBlocks } from './model.ts';
import { CATCH_ALL } from './servers.ts';

const COUNTERS = '/nginx_status';

/** The answer of the controller itself; undefined: an Ingress or the default backend has the path. Both are plain prefixes. */
export function ownAnswer(
  { table, path }: Asked,
  { server, regex, blocks }: ServerBlocks,
  { block }: Found,
): Decision | undefined {
  // Regular expressions are tried after the longest prefix, and that of the root takes everything.
  if (server.hostname !== CATCH_ALL || regex !== undefined || blocks[0]?.kind === 'regex') return undefined;
  const { healthCheckPath } = table.config;
  const own = [healthCheckPath, COUNTERS].find((each) => path.startsWith(each));
  if (own === undefined || block?.kind === 'exact' || (block?.text.length ?? 0) > own.length)
    return undefined;
  return own === COUNTERS
    ? { status: 403, reason: `${COUNTERS} of the controller is open to itself alone` }
    : { status: 200, reason: `the health check of the controller (${healthCheckPath})` };
}
