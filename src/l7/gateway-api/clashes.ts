/**
 * Routes of one listener that cannot be there together: HTTPRoutes and GRPCRoutes with hostnames in common. The
 * oldest decides which kind it is. Source: kubernetes-sigs/gateway-api:apis/v1/grpcroute_types.go `hostnames`.
 */

import { groupBy } from '../../collections/grouping.ts';
import { byAge } from './age.ts';
import { intersectHostnames } from './hostnames.ts';
import type { Attachment, RouteObject } from './model.ts';

/** Attachments that lose, with the route that is in the way. */
export type Clashes = ReadonlyMap<Attachment, RouteObject>;

/** Looks through the attachments of each listener, oldest first. */
export function kindClashes(attachments: Iterable<Attachment>): Clashes {
  const lost = new Map<Attachment, RouteObject>();
  const byListener = groupBy(
    [...attachments].filter(({ route }) => route.kind === 'HTTPRoute' || route.kind === 'GRPCRoute'),
    ({ listener }) => listener,
  );
  for (const group of byListener.values()) {
    if (new Set(group.map(({ route }) => route.kind)).size < 2) continue;
    for (const [attachment, winner] of clashesIn(group)) lost.set(attachment, winner);
  }
  return lost;
}

/** Only listeners with routes of both kinds get here: few, and with few GRPCRoutes. */
function clashesIn(group: readonly Attachment[]): Clashes {
  const lost = new Map<Attachment, RouteObject>();
  const kept: Attachment[] = [];
  for (const attachment of [...group].sort((a, b) => byAge(a.route, b.route))) {
    const rival = kept.find(
      (other) => other.route.kind !== attachment.route.kind && haveCommonHost(other, attachment),
    );
    if (rival === undefined) kept.push(attachment);
    else lost.set(attachment, rival.route);
  }
  return lost;
}

function haveCommonHost(a: Attachment, b: Attachment): boolean {
  return a.hostnames.some(({ effective }) =>
    b.hostnames.some((other) => intersectHostnames(effective, other.effective) !== undefined),
  );
}
