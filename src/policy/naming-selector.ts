/** Labels that name a workload: the fewest that select its pods and, if there are such, no others. */

import type { Cluster, Pod } from '../cluster/cluster.ts';

/** Labels that people select by, the usual ones first. */
const USUAL_KEYS = [
  'app',
  'app.kubernetes.io/name',
  'k8s-app',
  'name',
  'app.kubernetes.io/component',
  'role',
];
/** Labels that controllers write on each pod or revision: no policy should depend on them. */
const GENERATED_KEYS: ReadonlySet<string> = new Set([
  'pod-template-hash',
  'controller-revision-hash',
  'pod-template-generation',
  'statefulset.kubernetes.io/pod-name',
  'apps.kubernetes.io/pod-index',
  'controller-uid',
  'job-name',
  'batch.kubernetes.io/controller-uid',
  'batch.kubernetes.io/job-name',
]);

/**
 * Labels by which a policy can name the pod's workload.
 * @returns undefined where the pod has none that can be used.
 */
export function namingLabels(
  { podsByNamespace }: Pick<Cluster, 'podsByNamespace'>,
  pod: Pod,
): readonly (readonly [key: string, value: string])[] | undefined {
  const own = [...pod.labels].filter(([key]) => !GENERATED_KEYS.has(key));
  if (own.length === 0) return undefined;
  const others = (podsByNamespace.get(pod.namespace) ?? []).filter((other) => !isSibling(pod, other));
  const single = own
    .filter(([key, value]) => others.every((other) => other.labels.get(key) !== value))
    .sort((a, b) => rank(a[0]) - rank(b[0]))[0];
  return single === undefined ? own : [single];
}

function isSibling(pod: Pod, other: Pod): boolean {
  if (pod.key === other.key) return true;
  const [a, b] = [pod.workload, other.workload];
  return a !== undefined && a.kind === b?.kind && a.name === b.name;
}

function rank(key: string): number {
  const place = USUAL_KEYS.indexOf(key);
  return place < 0 ? USUAL_KEYS.length : place;
}
