/** policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy (docs/semantics/network-policy.md). */

import type { AdminNetworkPolicyObject } from '../../k8s/kinds/admin-network-policy.ts';
import { ADMIN_TIER, type CompiledPolicy } from '../policy.ts';
import { compileClusterPolicy } from './cluster-policy.ts';

/** The compiled policies of an object, in the admin tier. */
export function compileAdminNetworkPolicy(object: AdminNetworkPolicyObject): readonly CompiledPolicy[] {
  const { priority } = object.body;
  return compileClusterPolicy(object, { kind: 'AdminNetworkPolicy', tier: ADMIN_TIER, priority });
}
