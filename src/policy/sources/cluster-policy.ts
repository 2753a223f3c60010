/** What the policies of the whole cluster have in common when they are compiled. */

import type { K8sObject } from '../../k8s/object.ts';
import type { PodsPart, RulePart } from '../../k8s/policy-parts/parts.ts';
import { refTo } from '../../source/ref.ts';
import type { CompiledPolicy, PodSet, PolicyRule } from '../policy.ts';
import { compilePods, compileRules, isReadable, ownerOf } from './rules.ts';

interface ClusterPolicyBody {
  readonly subject?: PodsPart;
  readonly ingress: readonly RulePart[];
  readonly egress: readonly RulePart[];
}

export type ClusterPlace = Pick<CompiledPolicy, 'kind' | 'tier' | 'priority'>;

/**
 * The compiled policies of an object: one for each direction that has rules. Where the subject cannot be read,
 * the rules that deny are about every pod that it may mean, and the others about none.
 */
export function compileClusterPolicy(
  object: K8sObject<string, ClusterPolicyBody>,
  place: ClusterPlace,
): readonly CompiledPolicy[] {
  const { metadata, body, origin } = object;
  const owner = ownerOf(object);
  const subject: PodSet = body.subject === undefined ? {} : compilePods(body.subject, owner);
  const isKnown = body.subject !== undefined && isReadable(body.subject);
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const rules = compileRules(body[direction], owner).filter(({ action }) => isKnown || action === 'deny');
    if (rules.length === 0) return [];
    return [
      {
        ...place,
        reading: 'first-match',
        namespace: '',
        name: metadata.name,
        direction,
        subject,
        rules,
        origin,
        because: first(rules),
      },
    ];
  });

  function first(rules: readonly PolicyRule[]): CompiledPolicy['because'] {
    return rules[0]?.origin ?? refTo(origin, 'spec');
  }
}
