/**
 * Where a packet ends (the network's view), what the program sees (the symptom), and the result over
 * all paths. The words are fixed by the published schema; docs/dispositions.md says when each is given.
 */

import type { Protocol } from '../net/packet.ts';

export const DISPOSITIONS = [
  'accepted',
  'exits-cluster',
  'denied-egress',
  'denied-ingress',
  'rejected',
  'dropped',
  'no-endpoints',
  'no-local-endpoint',
  'no-route',
  'neighbor-unreachable',
  'name-not-found',
  'name-unavailable',
  'reply-lost',
  'loop',
  'insufficient-info',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

export type Symptom =
  | 'connected'
  | 'refused'
  | 'timeout'
  | 'host-unreachable'
  | 'network-unreachable'
  | 'not-permitted'
  | 'name-not-found'
  | 'name-try-again'
  | 'sent'
  | 'unknown';

export type Reason =
  | 'no-such-service'
  | 'no-such-namespace'
  | 'no-such-port'
  | 'headless-no-ready-pod'
  | 'selector-matches-no-pod'
  | 'selector-in-other-namespace'
  | 'target-port-name-unknown'
  | 'pods-not-ready'
  | 'no-slice'
  | 'isolated-no-rule-matches'
  | 'admin-deny'
  | 'baseline-deny'
  | 'policy-deny'
  | 'dns-denied-egress'
  | 'source-range-mismatch'
  | 'subnet-without-lease'
  | 'not-on-link'
  | 'bridge-netfilter-off';

export type Result = 'reachable' | 'unreachable' | 'ambiguous' | 'undetermined';

/** The disposition of that name; undefined when there is none. */
export function dispositionNamed(name: string | undefined): Disposition | undefined {
  return DISPOSITIONS.find((disposition) => disposition === name);
}

const SUCCESSES: ReadonlySet<Disposition> = new Set(['accepted', 'exits-cluster']);

/** Did the packet get to somebody who can answer? */
export function isSuccess(disposition: Disposition): boolean {
  return SUCCESSES.has(disposition);
}

/**
 * What the sending program sees.
 * @param local the deciding rule sat in the sender's own OUTPUT chain.
 */
export function symptomOf(disposition: Disposition, protocol: Protocol, local: boolean): Symptom {
  const silent = protocol === 'udp' ? 'sent' : 'timeout';
  switch (disposition) {
    case 'accepted':
      return 'connected';
    case 'exits-cluster':
    case 'insufficient-info':
      return 'unknown';
    case 'rejected':
    case 'no-endpoints':
      return protocol === 'udp' && local ? 'not-permitted' : 'refused';
    case 'dropped':
    case 'no-local-endpoint':
      // A verdict in OUTPUT is the return value of send(); a TCP socket tries again instead.
      return protocol === 'udp' && local ? 'not-permitted' : silent;
    case 'denied-egress':
    case 'denied-ingress':
    case 'reply-lost':
    case 'loop':
      return silent;
    case 'no-route':
      return 'network-unreachable';
    case 'neighbor-unreachable':
      return 'host-unreachable';
    case 'name-not-found':
      return 'name-not-found';
    case 'name-unavailable':
      return 'name-try-again';
  }
}
