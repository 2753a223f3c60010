/** Calico's policies, compiled (docs/semantics/network-policy.md, Calico). */

import type { CalicoNetworkPolicyObject } from '../../k8s/kinds/calico-network-policy.ts';
import type { GlobalNetworkPolicyObject } from '../../k8s/kinds/global-network-policy.ts';
import type { ObjectSet } from '../../k8s/read.ts';
import { refTo } from '../../source/ref.ts';
import {
  ADMIN_TIER,
  BASELINE_TIER,
  type CompiledPolicy,
  type Direction,
  NETWORK_TIER,
  type Tier,
} from '../policy.ts';
import { type CalicoNetworkSet, compileCalicoRule, networkSets } from './calico-peers.ts';
import { askedBy, podSetOf } from './calico-selections.ts';

/** What policies refer to. */
interface CalicoWorld {
  readonly tiers: ReadonlyMap<string, Tier>;
  readonly sets: readonly CalicoNetworkSet[];
}

/** Tiers that are always there: NetworkPolicies stand in the second, policies of the whole cluster in the others. */
const KNOWN_TIERS: readonly (readonly [string, Tier])[] = [
  ['kube-admin', ADMIN_TIER],
  ['adminnetworkpolicy', ADMIN_TIER],
  ['default', NETWORK_TIER],
  ['kube-baseline', BASELINE_TIER],
  ['baselineadminnetworkpolicy', BASELINE_TIER],
];

/** Every policy of Calico's, one compiled for each direction and each alternative of what it selects. */
export function compileCalicoPolicies(objects: ObjectSet): readonly CompiledPolicy[] {
  const policies = [...objects.ofKind('CalicoNetworkPolicy'), ...objects.ofKind('GlobalNetworkPolicy')];
  if (policies.length === 0) return [];
  const tiers = objects.ofKind('Tier').map(({ metadata: { name }, body }): readonly [string, Tier] => {
    const rest = body.defaultAction === 'Pass' ? 'next' : 'deny';
    return [name, { name, order: body.order ?? Number.POSITIVE_INFINITY, rest }];
  });
  const world = { tiers: new Map([...tiers, ...KNOWN_TIERS]), sets: networkSets(objects) };
  return policies.flatMap((policy) => compilePolicy(policy, world));
}

/** A tier that is not there comes last (projectcalico/calico:felix/calc/policy_sorter.go TierLess). */
function tierNamed(name: string, { tiers }: CalicoWorld): Tier {
  return tiers.get(name) ?? { name, order: Number.POSITIVE_INFINITY, rest: 'deny' };
}

function compilePolicy(
  object: CalicoNetworkPolicyObject | GlobalNetworkPolicyObject,
  world: CalicoWorld,
): readonly CompiledPolicy[] {
  const { kind, metadata, body, origin } = object;
  if (!body.valid || body.about === 'hosts') return [];
  const { namespace, name } = metadata;
  const owner = namespace === '' ? { origin } : { origin, namespace };
  const asked = askedBy(body);
  // Whom it is about is not known: it may be anybody, and what it says of them neither.
  const subjects =
    typeof asked === 'string'
      ? [namespace === '' ? {} : { namespace }]
      : asked.flatMap((each) => podSetOf(each, body, owner) ?? []);
  return directionsOf(object).flatMap((direction) => {
    const parts = body[direction];
    const rules =
      typeof asked === 'string'
        ? [unknownRule(object, asked)]
        : parts.flatMap(
            (part, index) => compileCalicoRule(part, index, { owner, sets: world.sets, direction }) ?? [],
          );
    return subjects.map((subject) => ({
      kind,
      namespace,
      name,
      tier: tierNamed(body.tier, world),
      priority: body.order ?? Number.POSITIVE_INFINITY,
      reading: 'first-match',
      ...(typeof asked === 'string' ? { isolates: false } : {}),
      direction,
      subject,
      rules,
      origin,
      because: refTo(origin, 'spec', ...(body.types.length > 0 ? ['types'] : [])),
    }));
  });
}

function unknownRule({ origin, body }: CalicoNetworkPolicyObject | GlobalNetworkPolicyObject, what: string) {
  const path = body.serviceAccountSelector?.path ?? body.selector?.path ?? ['spec'];
  const at = refTo(origin, ...path);
  return {
    action: 'deny' as const,
    index: 0,
    peers: [{ kind: 'unmodelled' as const, what, origin: at }],
    origin: at,
  };
}

/**
 * What `types` says. Without it the API server fills in ingress, unless there are egress rules alone; a policy that is
 * written as it is stored has both directions (projectcalico/calico:felix/calc/policy_sorter.go ExtractPolicyMetadata).
 */
function directionsOf({
  apiVersion,
  body: { types, ingress, egress },
}: CalicoNetworkPolicyObject | GlobalNetworkPolicyObject): readonly Direction[] {
  const directions: readonly Direction[] = ['ingress', 'egress'];
  if (types.length > 0) return directions.filter((each) => types.some((type) => type.toLowerCase() === each));
  if (apiVersion.startsWith('crd.')) return directions;
  return directions.filter((each) =>
    each === 'egress' ? egress.length > 0 : ingress.length > 0 || egress.length === 0,
  );
}
