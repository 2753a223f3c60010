/**
 * Listeners on one port that a flow cannot be told apart by. In a Gateway all members of a conflict are refused;
 * between a Gateway and its ListenerSets the first keeps working. Source:
 * kubernetes-sigs/gateway-api:apis/v1/gateway_types.go `listeners`, listenerset_types.go `listeners`.
 */

import { groupBy } from '../../collections/grouping.ts';
import type { ListenerBody } from '../../k8s/gateway-parts/listeners.ts';
import { isKnownProtocol } from './allowed.ts';
import type { GatewayFeatures } from './features.ts';

export type ConflictReason = 'HostnameConflict' | 'ProtocolConflict';

/** What a listener is to the question: its own fields, and whose it is. */
export interface Candidate {
  readonly body: ListenerBody;
  /** 0 for the Gateway's own, then its ListenerSets in the order in which they count. */
  readonly rank: number;
}

export interface Conflict<Item extends Candidate> {
  readonly reason: ConflictReason;
  /** The other ones. */
  readonly partners: readonly Item[];
}

/** Those in a conflict that they lose. */
export function listenerConflicts<Item extends Candidate>(
  candidates: readonly Item[],
  features: GatewayFeatures,
): ReadonlyMap<Item, Conflict<Item>> {
  const conflicts = new Map<Item, Conflict<Item>>();
  const known = candidates.filter(({ body }) => isKnownProtocol(body.protocol));
  const byPort = groupBy(known, ({ body }) => `${body.protocol === 'UDP' ? 'udp' : 'tcp'} ${body.port}`);
  for (const group of byPort.values()) {
    for (const [candidate, conflict] of conflictsOnPort(group, features)) conflicts.set(candidate, conflict);
  }
  return conflicts;
}

/** In the order of precedence, so that whoever loses to somebody later is in the way of nobody. */
function conflictsOnPort<Item extends Candidate>(
  group: readonly Item[],
  features: GatewayFeatures,
): ReadonlyMap<Item, Conflict<Item>> {
  const conflicts = new Map<Item, Conflict<Item>>();
  for (const candidate of group) {
    const rivals = group.filter((other) => {
      if (other === candidate || other.rank > candidate.rank) return false;
      if (other.rank === candidate.rank) {
        return candidate.rank === 0 || group.indexOf(other) < group.indexOf(candidate);
      }
      return other.rank === 0 || !conflicts.has(other);
    });
    const found = rivals.flatMap((other) => {
      const reason = conflictBetween(candidate.body, other.body, features);
      return reason === undefined ? [] : [{ other, reason }];
    });
    const [first] = found;
    if (first === undefined) continue;
    const reason = found.some((each) => each.reason === 'ProtocolConflict')
      ? 'ProtocolConflict'
      : 'HostnameConflict';
    conflicts.set(candidate, { reason, partners: found.map(({ other }) => other) });
  }
  return conflicts;
}

/** Of two listeners on one port. */
function conflictBetween(
  a: ListenerBody,
  b: ListenerBody,
  { mixedTlsModes }: GatewayFeatures,
): ConflictReason | undefined {
  const isSameHost = (a.hostname ?? '') === (b.hostname ?? '');
  if (a.protocol !== b.protocol) {
    // By the name in the handshake TLS and HTTPS can be told apart, if it is not the same name.
    const protocols = [a.protocol, b.protocol];
    const isTold = protocols.includes('TLS') && protocols.includes('HTTPS') && !isSameHost;
    return isTold ? undefined : 'ProtocolConflict';
  }
  if (a.protocol === 'TCP' || a.protocol === 'UDP') return 'ProtocolConflict';
  if (a.protocol === 'TLS' && a.tls?.mode !== b.tls?.mode && !mixedTlsModes) return 'ProtocolConflict';
  return isSameHost ? 'HostnameConflict' : undefined;
}
