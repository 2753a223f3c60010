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
  const neighbours = podsByNamespace.get(pod.namespace) ?? NO_PODS;
  const owners = ownersOf.get(neighbours) ?? findOwners(neighbours);
  ownersOf.set(neighbours, owners);
  const single = own
    .filter(([key, value]) => (owners.get(`${key}=${value}`) ?? ownerOf(pod)) === ownerOf(pod))
    .sort((a, b) => rank(a[0]) - rank(b[0]))[0];
  return single === undefined ? own : [single];
}

/** Whose a label is, where it is that of one workload alone; made once for the pods of a namespace. */
const ownersOf = new WeakMap<readonly Pod[], ReadonlyMap<string, string>>();
const NO_PODS: readonly Pod[] = [];
const SEVERAL = '';

function findOwners(pods: readonly Pod[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  for (const pod of pods) {
    const owner = ownerOf(pod);
    for (const [key, value] of pod.labels) {
      const label = `${key}=${value}`;
      owners.set(label, (owners.get(label) ?? owner) === owner ? owner : SEVERAL);
    }
  }
  return owners;
}

/** Pods of one workload are each other's siblings. */
function ownerOf({ key, workload }: Pod): string {
  return workload === undefined ? key : `${workload.kind} ${workload.name}`;
}

function rank(key: string): number {
  const place = USUAL_KEYS.indexOf(key);
  return place < 0 ? USUAL_KEYS.length : place;
}
