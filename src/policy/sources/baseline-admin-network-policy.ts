/** policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy (docs/semantics/network-policy.md). */

import type { BaselineAdminNetworkPolicyObject } from '../../k8s/kinds/baseline-admin-network-policy.ts';
import { BASELINE_TIER, type CompiledPolicy } from '../policy.ts';
import { compileClusterPolicy } from './cluster-policy.ts';

/** Behind every ClusterNetworkPolicy of the baseline tier, whose priorities end at 1000. */
const AFTER_ALL = 1001;

/** The compiled policies of an object, last in the baseline tier. */
export function compileBaselineAdminNetworkPolicy(
  object: BaselineAdminNetworkPolicyObject,
): readonly CompiledPolicy[] {
  return compileClusterPolicy(object, {
    kind: 'BaselineAdminNetworkPolicy',
    tier: BASELINE_TIER,
    priority: AFTER_ALL,
  });
}
