/** policy.networking.k8s.io/v1alpha2 ClusterNetworkPolicy (docs/semantics/network-policy.md). */

import type { ClusterNetworkPolicyObject } from '../../k8s/kinds/cluster-network-policy.ts';
import { ADMIN_TIER, BASELINE_TIER, type CompiledPolicy } from '../policy.ts';
import { compileClusterPolicy } from './cluster-policy.ts';

/** The compiled policies of an object, in the tier that it names. */
export function compileClusterNetworkPolicy(object: ClusterNetworkPolicyObject): readonly CompiledPolicy[] {
  const { tier, priority } = object.body;
  return compileClusterPolicy(object, {
    kind: 'ClusterNetworkPolicy',
    tier: tier === 'Admin' ? ADMIN_TIER : BASELINE_TIER,
    priority,
  });
}
