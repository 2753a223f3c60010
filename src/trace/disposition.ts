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
  'no-l7-route',
  'denied-l7',
  'answered-by-proxy',
  'reply-lost',
  'loop',
  'insufficient-info',
] as const;
export type Disposition = (typeof DISPOSITIONS)[number];

/** What a program sees of the network; those of gRPC and TLS are told by a proxy. */
export type NamedSymptom =
  | 'connected'
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'host-unreachable'
  | 'network-unreachable'
  | 'not-permitted'
  | 'name-not-found'
  | 'name-try-again'
  | 'tls-failure'
  | 'grpc-unimplemented'
  | 'grpc-unavailable'
  | 'sent'
  | 'unknown';

/** `http-NNN` is the status that a proxy answers with. */
export type Symptom = NamedSymptom | HttpSymptom;
export type HttpSymptom = `http-${number}`;

/** The symptom of a status. */
export function httpSymptom(status: number): HttpSymptom {
  return `http-${status}`;
}

/** The status that a symptom stands for; undefined: it is none of HTTP. */
export function statusIn(symptom: Symptom): number | undefined {
  return symptom.startsWith('http-') ? Number(symptom.slice('http-'.length)) : undefined;
}

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
  | 'bridge-netfilter-off'
  | 'martian-source'
  | 'no-ingress-class'
  | 'host-no-match'
  | 'path-no-match'
  | 'route-not-attached'
  | 'listener-port-missing'
  | 'backend-service-missing';

export type Result = 'reachable' | 'unreachable' | 'ambiguous' | 'undetermined';

/** The disposition of that name; undefined when there is none. */
export function dispositionNamed(name: string | undefined): Disposition | undefined {
  return DISPOSITIONS.find((disposition) => disposition === name);
}

const SUCCESSES: ReadonlySet<Disposition> = new Set(['accepted', 'exits-cluster', 'answered-by-proxy']);

/** Did the packet get to somebody who answers it as somebody meant it? */
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
    // A proxy tells by its status (http-NNN).
    case 'no-l7-route':
    case 'denied-l7':
    case 'answered-by-proxy':
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
