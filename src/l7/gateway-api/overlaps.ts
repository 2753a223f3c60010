/**
 * Listeners of HTTPS on one port whose hostnames overlap: a client may reuse a connection to one for the names of another.
 * Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go ListenerConditionOverlappingTLSConfig,
 * conformance/tests/gateway-overlapping-tls-config-hostnames.go; RFC 9110 7.4, RFC 9113 9.1.1.
 */

import { groupBy } from '../../collections/grouping.ts';
import type { ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import { EVERY_HOST, intersectHostnames } from './hostnames.ts';

interface Candidate {
  readonly body: ListenerBody;
}

/** The names of the listeners that each one overlaps with; those without any are left out. */
export function overlappingListeners<Item extends Candidate>(
  candidates: readonly Item[],
): ReadonlyMap<Item, readonly string[]> {
  const found = new Map<Item, readonly string[]>();
  const secure = candidates.filter(({ body }) => body.protocol === 'HTTPS');
  for (const group of groupBy(secure, ({ body }) => body.port).values()) {
    for (const item of group) {
      const others = group.filter((other) => other !== item && overlap(item, other));
      if (others.length > 0)
        found.set(
          item,
          others.map(({ body }) => body.name),
        );
    }
  }
  return found;
}

function overlap(a: Candidate, b: Candidate): boolean {
  const [first, second] = [a.body.hostname ?? EVERY_HOST, b.body.hostname ?? EVERY_HOST];
  return intersectHostnames(first, second) !== undefined;
}
