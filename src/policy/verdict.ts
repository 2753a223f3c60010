/** What policies say of a flow in one direction, and why. */

import type { CompiledPolicy, Direction, PolicyRule } from './policy.ts';

/** A rule with the policy that it is of. */
export interface CitedRule {
  readonly policy: CompiledPolicy;
  readonly rule: PolicyRule;
}

export type VerdictReason =
  /** The end that the direction is about is no pod: nothing is asked of it. */
  | 'no-subject'
  /** A pod to its own address. */
  | 'own-address'
  /** A pod cannot refuse the node that it runs on. */
  | 'own-node'
  /** No policy has a say. */
  | 'not-isolated'
  /** A rule admits it: of the admin tier, of NetworkPolicies, or of the baseline. */
  | 'rule'
  | 'admin-deny'
  /** A rule of another tier denies it. */
  | 'policy-deny'
  | 'isolated-no-rule-matches'
  | 'baseline-deny';

export interface Verdict {
  readonly direction: Direction;
  readonly action: 'allow' | 'deny';
  readonly reason: VerdictReason;
  /**
   * The rules that decide: the first match of an ordered tier; of NetworkPolicies every rule that admits.
   * Empty where no rule decides.
   */
  readonly rules: readonly CitedRule[];
  /** The policies that isolate the pod in this direction, whether or not they were asked: NetworkPolicies, and the others of their tier. */
  readonly isolating: readonly CompiledPolicy[];
  /** The rules that passed the flow on to the next tier, in order. */
  readonly passed: readonly CitedRule[];
  /** Rules that would change the action, or ask more than is looked at here, if what is not modelled holds. */
  readonly doubts: readonly CitedRule[];
}
