/** What an end is called, by its cause. */

import { verdictNameOf } from '../netfilter/evaluate.ts';
import { type Disposition, dispositionNamed, type Reason } from './disposition.ts';
import type { Cause } from './trace.ts';

/** Why a policy denies; the other reasons of a verdict are why it allows. */
const DENIALS = [
  'isolated-no-rule-matches',
  'admin-deny',
  'baseline-deny',
  'policy-deny',
] as const satisfies readonly Reason[];

/** The disposition of each cause. A rule's maker may name its verdict more precisely. */
export function dispositionOf(cause: Cause): { readonly disposition: Disposition; readonly reason?: Reason } {
  switch (cause.kind) {
    case 'drop':
      return { disposition: dispositionNamed(verdictNameOf(cause.point.trail)) ?? 'dropped' };
    case 'reject':
      return { disposition: dispositionNamed(verdictNameOf(cause.point.trail)) ?? 'rejected' };
    case 'program': {
      const { action, disposition } = cause.verdict;
      return { disposition: dispositionNamed(disposition) ?? (action === 'drop' ? 'dropped' : 'rejected') };
    }
    case 'policy': {
      const { direction } = cause.look.verdict;
      const reason = DENIALS.find((each) => each === cause.look.verdict.reason);
      return { disposition: `denied-${direction}`, ...(reason === undefined ? {} : { reason }) };
    }
    case 'no-route':
    case 'cluster-internal':
      return { disposition: 'no-route' };
    case 'neighbor-unreachable':
      return { disposition: 'neighbor-unreachable' };
    case 'hairpin-off':
    case 'not-for-us':
    case 'blackhole':
    case 'source-range':
    case 'reverse-path':
    case 'martian-source':
      return { disposition: 'dropped' };
    case 'ttl-exceeded':
    case 'too-many-hops':
      return { disposition: 'loop' };
    case 'no-such-address':
      return cause.range === 'service'
        ? { disposition: 'dropped' }
        : {
            disposition: 'neighbor-unreachable',
            reason: cause.owner === undefined ? 'subnet-without-lease' : 'not-on-link',
          };
    case 'no-node-port':
      return { disposition: 'insufficient-info' };
    case 'unexpected-reply':
      return { disposition: 'reply-lost' };
  }
}
