/** The policies that select a pod in a direction, tier by tier: the order in which a flow meets them. */

import { compareNumbers, compareText } from '../collections/order.ts';
import type { CompiledPolicy, Tier } from './policy.ts';

/** The policies of a tier that select a pod, in their order; never empty. */
export interface Stage {
  readonly tier: Tier;
  readonly policies: readonly CompiledPolicy[];
}

/** Does a policy come before another one by tier and priority? Negative: it does; 0: neither. */
export function compareRanks(a: CompiledPolicy, b: CompiledPolicy): number {
  return (
    compareNumbers(a.tier.order, b.tier.order) ||
    compareText(a.tier.name, b.tier.name) ||
    compareNumbers(a.priority, b.priority)
  );
}

/** Groups policies by tier. @param policies in their order. */
export function stagesOf(policies: readonly CompiledPolicy[]): readonly Stage[] {
  const stages: { readonly tier: Tier; readonly policies: CompiledPolicy[] }[] = [];
  for (const policy of policies) {
    const last = stages.at(-1);
    if (last?.tier.name === policy.tier.name && last.tier.order === policy.tier.order)
      last.policies.push(policy);
    else stages.push({ tier: policy.tier, policies: [policy] });
  }
  return stages;
}

/** Does the stage deny what none of its rules matches? */
export function isIsolating({ tier, policies }: Stage): boolean {
  return tier.rest === 'deny' && policies.some(({ isolates }) => isolates !== false);
}
