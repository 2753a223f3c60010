/** The words of the text view. A new member of a union does not compile before it has its words here. */

import type { StepAnswer, StepKind } from '../../query/answer.ts';
import type { Disposition, Symptom } from '../../trace/disposition.ts';

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
  'reply-lost': 'reply lost',
  loop: 'forwarding loop',
  'insufficient-info': 'not enough information',
};

/** What the program sees. */
export const SYMPTOM_WORDS: Readonly<Record<Symptom, string>> = {
  connected: 'connected',
  refused: 'connection refused',
  timeout: 'timeout',
  'host-unreachable': 'host unreachable',
  'network-unreachable': 'network unreachable',
  'not-permitted': 'operation not permitted',
  'name-not-found': 'name not found',
  'name-try-again': 'try again',
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
