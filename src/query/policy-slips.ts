/** Labels in policies that no pod has, and that are nearly a label that some pod has: slips of the pen. */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { onceFor } from '../collections/once.ts';
import { nearest } from '../diagnostics/did-you-mean.ts';
import { type Asked, ruleMatches } from '../policy/decide.ts';
import { type LabelMiss, labelMisses } from '../policy/explain-miss.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import { refTo, type SourceRef } from '../source/ref.ts';

export interface LabelSlip {
  /** The value that is written. */
  readonly at: SourceRef;
  readonly key: string;
  readonly wanted: string;
  /** The value that was probably meant. */
  readonly have: string;
}

/** A policy that selects no pod, but would select this one if its label were right. */
export interface SubjectSlip {
  readonly policy: CompiledPolicy;
  readonly label: LabelSlip;
}

/** Every `key=value` that a pod has. Replicas have the labels of their template, which are looked at once. */
const labelsInUse = onceFor((pods: readonly Pod[]): ReadonlySet<string> => {
  const used = new Set<string>();
  for (const labels of new Set(pods.map((pod) => pod.labels))) {
    for (const [key, value] of labels) used.add(`${key}=${value}`);
  }
  return used;
});

/** The slip in a condition on labels; undefined where some pod has what it wants, or nothing is near. */
export function labelSlip(cluster: Cluster, miss: LabelMiss | undefined): LabelSlip | undefined {
  const [wanted, more] = miss?.requirement.values ?? [];
  if (miss === undefined || wanted === undefined || more !== undefined) return undefined;
  const { have, origin } = miss;
  const { key, operator } = miss.requirement;
  if (operator !== 'In' || have === undefined || nearest(wanted, [have], 1).length === 0) return undefined;
  if (labelsInUse(cluster.pods).has(`${key}=${wanted}`)) return undefined;
  const at = origin.path.at(-1) === key ? origin : refTo(origin, 'values', 0);
  return { at, key, wanted, have };
}

/** NetworkPolicies that would admit a connection, had they selected its pod. */
export function subjectSlips(
  cluster: Cluster,
  index: PolicyIndex,
  pod: Pod,
  asked: Asked,
): readonly SubjectSlip[] {
  return index.inNamespace(pod.namespace).flatMap((policy) => {
    if (policy.kind !== 'NetworkPolicy' || policy.direction !== asked.direction) return [];
    const [miss, more] = labelMisses(policy.subject.pods, pod.labels);
    const label = more === undefined ? labelSlip(cluster, miss) : undefined;
    if (label === undefined || !policy.rules.some((rule) => ruleMatches(index, rule, asked))) return [];
    return [{ policy, label }];
  });
}
