/** The words of the text view. A new member of a union does not compile before it has its words here. */

import type { StepAnswer, StepKind } from '../../query/answer.ts';
import { type Disposition, type NamedSymptom, type Symptom, statusIn } from '../../trace/disposition.ts';

/** Where a path ends, as the headline and the table of paths say it. */
export const DISPOSITION_WORDS: Readonly<Record<Disposition, string>> = {
  accepted: 'reachable',
  'exits-cluster': 'leaves the cluster',
  'denied-egress': 'denied by egress policy',
  'denied-ingress': 'denied by ingress policy',
  rejected: 'rejected by a rule',
  dropped: 'dropped',
  'no-endpoints': 'no endpoints',
  'no-local-endpoint': 'no local endpoint',
  'no-route': 'no route',
  'neighbor-unreachable': 'next hop unreachable',
  'name-not-found': 'name not found',
  'name-unavailable': 'DNS does not answer',
  'no-l7-route': 'no route at the proxy',
  'denied-l7': 'denied by the proxy',
  'answered-by-proxy': 'answered by the proxy',
  'reply-lost': 'reply lost',
  loop: 'forwarding loop',
  'insufficient-info': 'not enough information',
};

/** What the program sees, in words; a status of HTTP with its phrase. */
export function symptomWords(symptom: Symptom): string {
  const status = statusIn(symptom);
  return status === undefined
    ? SYMPTOM_WORDS[symptom as NamedSymptom]
    : [`HTTP ${status}`, STATUS_PHRASES[status] ?? ''].join(' ').trimEnd();
}

/** Reason phrases (RFC 9110 section 15, RFC 6585). */
const STATUS_PHRASES: Readonly<Record<number, string>> = {
  200: 'OK',
  204: 'No Content',
  301: 'Moved Permanently',
  302: 'Found',
  303: 'See Other',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  421: 'Misdirected Request',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const SYMPTOM_WORDS: Readonly<Record<NamedSymptom, string>> = {
  connected: 'connected',
  refused: 'connection refused',
  timeout: 'timeout',
  reset: 'connection reset',
  'host-unreachable': 'host unreachable',
  'network-unreachable': 'network unreachable',
  'not-permitted': 'operation not permitted',
  'name-not-found': 'name not found',
  'name-try-again': 'try again',
  'tls-failure': 'TLS handshake fails',
  'grpc-unimplemented': 'gRPC UNIMPLEMENTED',
  'grpc-unavailable': 'gRPC UNAVAILABLE',
  sent: 'sent, no answer',
  unknown: 'unknown',
};

/** The first word of a step's line (ux 3.4); translate, match and end have one for each variant. */
const VERBS: Readonly<Record<StepKind, string>> = {
  resolve: 'resolve',
  originate: 'send',
  receive: 'enter',
  match: 'filter',
  translate: 'nat',
  track: 'conntrack',
  route: 'route',
  neighbor: 'neighbor',
  bridge: 'bridge',
  encapsulate: 'encap',
  decapsulate: 'decap',
  policy: 'policy',
  balance: 'balance',
  'terminate-tls': 'tls',
  'l7-route': 'l7',
  'l7-rewrite': 'rewrite',
  proxy: 'proxy',
  transmit: 'leave',
  accept: 'accept',
  end: 'end',
};

/** The verb of a step: `dnat` for a rewrite, the table of a rule, the verdict that ends the walk. */
export function verbOf(step: StepAnswer): string {
  const verb = VERBS[step.kind];
  if (step.kind === 'translate') return step.changes?.find((change) => change.nat !== undefined)?.nat ?? verb;
  if (step.kind === 'match') return step.where?.type ?? step.where?.table ?? verb;
  if (step.kind === 'end') return step.verdict ?? verb;
  return verb;
}

/** `1 backend`, `3 backends`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
