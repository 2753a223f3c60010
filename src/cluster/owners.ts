/**
 * Which workload a Pod belongs to: the top of its chain of controllers (Pod, ReplicaSet, Deployment;
 * Pod, Job, CronJob). Links whose object is not in the input are followed by the names that the
 * controllers give. Source: kubernetes/kubernetes:pkg/controller/deployment/sync.go (`<deployment>-<hash>`),
 * pkg/controller/cronjob/utils.go (`<cronjob>-<minutes>`).
 */

import type { WorkloadKind } from '../k8s/kinds/workload.ts';
import type { Labels, ObjectMeta, OwnerReference } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Workload } from './pod-draft.ts';

const POD_TEMPLATE_HASH = 'pod-template-hash';

/** Kinds of objects that make pods. */
export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'ReplicationController',
];

export interface OwnerIndex {
  /** The workload that a Pod belongs to; undefined for a naked or static pod, or an unknown controller. */
  workloadOf(pod: Pick<ObjectMeta, 'namespace' | 'owners' | 'labels'>): Workload | undefined;
  /** The Deployment of a ReplicaSet or the CronJob of a Job; undefined when nothing controls it. */
  controllerOf(object: {
    readonly kind: 'ReplicaSet' | 'Job';
    readonly metadata: ObjectMeta;
  }): Workload | undefined;
  /** Is there such an object in the input? */
  has(namespace: string, workload: Workload): boolean;
}

/** Indexes the controllers of the input. */
export function indexOwners(objects: ObjectSet): OwnerIndex {
  const known = new Map<string, ObjectMeta>();
  for (const kind of WORKLOAD_KINDS) {
    for (const { metadata } of objects.ofKind(kind)) {
      known.set(workloadKey(metadata.namespace, { kind, name: metadata.name }), metadata);
    }
  }
  const has = (namespace: string, workload: Workload) => known.has(workloadKey(namespace, workload));
  return {
    has,
    controllerOf: ({ metadata }) => controllerOf(metadata.owners),
    workloadOf({ namespace, owners, labels }) {
      const owner = controllerOf(owners);
      if (owner === undefined) return undefined;
      const metadata = known.get(workloadKey(namespace, owner));
      if (metadata !== undefined) return controllerOf(metadata.owners) ?? owner;
      const byName = controllerByName(owner);
      if (byName === undefined) return owner;
      return has(namespace, byName.workload) || isProof(byName.suffix, labels) ? byName.workload : owner;
    },
  };
}

/** A map key for a workload of a namespace. */
export function workloadKey(namespace: string, { kind, name }: Workload): string {
  return `${namespace}/${kind}/${name}`;
}

function controllerOf(owners: readonly OwnerReference[]): Workload | undefined {
  const owner = owners.find(({ controller }) => controller);
  const kind = WORKLOAD_KINDS.find((candidate) => candidate === owner?.kind);
  return owner === undefined || kind === undefined ? undefined : { kind, name: owner.name };
}

/** What the name of a ReplicaSet or Job that is not in the input says of the controller above it. */
function controllerByName({ kind, name }: Workload): { workload: Workload; suffix: string } | undefined {
  const dash = name.lastIndexOf('-');
  if (dash <= 0) return undefined;
  const [prefix, suffix] = [name.slice(0, dash), name.slice(dash + 1)];
  if (kind === 'ReplicaSet') return { workload: { kind: 'Deployment', name: prefix }, suffix };
  return kind === 'Job' && /^\d+$/.test(suffix)
    ? { workload: { kind: 'CronJob', name: prefix }, suffix }
    : undefined;
}

/** A Deployment marks its pods with the hash that ends its ReplicaSet's name. */
function isProof(suffix: string, podLabels: Labels): boolean {
  return podLabels.get(POD_TEMPLATE_HASH) === suffix;
}
