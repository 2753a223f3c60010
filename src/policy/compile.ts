/** The policies of a cluster in their compiled form, in the order in which the tiers are looked at. */

import { compareText } from '../collections/order.ts';
import type { ObjectSet } from '../k8s/read.ts';
import { isUnknown } from './match.ts';
import { type CompiledPolicy, policyName } from './policy.ts';
import { compileAdminNetworkPolicy } from './sources/admin-network-policy.ts';
import { compileBaselineAdminNetworkPolicy } from './sources/baseline-admin-network-policy.ts';
import { compileCalicoPolicies } from './sources/calico-policies.ts';
import { compileCiliumPolicies } from './sources/cilium-policies.ts';
import { compileClusterNetworkPolicy } from './sources/cluster-network-policy.ts';
import { compileNetworkPolicy } from './sources/network-policy.ts';
import { compareRanks } from './stages.ts';

/**
 * Compiles every policy. Order: by tier, then priority, then name, so that the order of files changes nothing;
 * which of two equal priorities comes first is left open upstream.
 */
export function compilePolicies(objects: ObjectSet): readonly CompiledPolicy[] {
  const policies = [
    ...objects.ofKind('AdminNetworkPolicy').flatMap(compileAdminNetworkPolicy),
    ...objects.ofKind('BaselineAdminNetworkPolicy').flatMap(compileBaselineAdminNetworkPolicy),
    ...objects.ofKind('ClusterNetworkPolicy').flatMap(compileClusterNetworkPolicy),
    ...objects.ofKind('NetworkPolicy').flatMap(compileNetworkPolicy),
    ...compileCalicoPolicies(objects),
    ...compileCiliumPolicies(objects),
  ];
  return inTierOrder(policies.map(markDoubtful));
}

/** Is some of what the policy's rules ask not modelled, or not to be known from manifests? */
function markDoubtful(policy: CompiledPolicy): CompiledPolicy {
  const isDoubtful = policy.rules.some(
    ({ beyond, peers }) => beyond !== undefined || peers?.some(isUnknown) === true,
  );
  return isDoubtful ? { ...policy, doubtful: true } : policy;
}

/** Policies by tier, then priority, then name. */
export function inTierOrder(policies: readonly CompiledPolicy[]): readonly CompiledPolicy[] {
  return [...policies].sort((a, b) => compareRanks(a, b) || compareText(policyName(a), policyName(b)));
}
