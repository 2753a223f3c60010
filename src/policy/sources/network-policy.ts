/** networking.k8s.io/v1 NetworkPolicy (docs/semantics/network-policy.md). */

import type { NetworkPolicyBody, NetworkPolicyObject, PolicyType } from '../../k8s/kinds/network-policy.ts';
import { refTo } from '../../source/ref.ts';
import { type CompiledPolicy, type Direction, NETWORK_TIER } from '../policy.ts';
import { compilePods, compileRules, ownerOf } from './rules.ts';

/** Where Calico puts them among its own (projectcalico/calico:libcalico-go/lib/backend/k8s/conversion/conversion.go). */
const PRIORITY = 1000;

/** The compiled policies of an object: one for each direction that it is about. */
export function compileNetworkPolicy(object: NetworkPolicyObject): readonly CompiledPolicy[] {
  const { metadata, body, origin } = object;
  const owner = ownerOf(object);
  const subject = compilePods({ kind: 'pods', pods: body.podSelector, path: [] }, owner);
  return directionsOf(body).map(({ direction, path }) => ({
    kind: 'NetworkPolicy',
    namespace: metadata.namespace,
    name: metadata.name,
    tier: NETWORK_TIER,
    priority: PRIORITY,
    reading: 'union',
    direction,
    subject,
    rules: compileRules(body[direction], owner),
    origin,
    because: refTo(origin, ...path),
  }));
}

interface Affected {
  readonly direction: Direction;
  readonly path: readonly (string | number)[];
}

/**
 * Without policyTypes a policy is about ingress, and about egress where it has egress rules
 * (kubernetes/kubernetes:pkg/apis/networking/v1/defaults.go SetDefaults_NetworkPolicy).
 */
function directionsOf({ policyTypes, egress }: NetworkPolicyBody): readonly Affected[] {
  const types: readonly PolicyType[] =
    policyTypes.length > 0 ? policyTypes : egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  const listed = policyTypes.length > 0 ? ['spec', 'policyTypes'] : ['spec'];
  return (['ingress', 'egress'] as const)
    .filter((direction) => types.some((type) => type.toLowerCase() === direction))
    .map((direction) => ({ direction, path: listed }));
}
