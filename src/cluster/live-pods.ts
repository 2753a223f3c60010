/** Pods that the input holds as objects. */

import type { PodBody, PodObject } from '../k8s/kinds/pod.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { OwnerIndex } from './owners.ts';
import { type PodDraft, podKey } from './pod-draft.ts';

/** The Pod objects of the input, each with the workload at the top of its owners. */
export function readLivePods(objects: ObjectSet, owners: OwnerIndex): readonly PodDraft[] {
  return objects.ofKind('Pod').map((pod) => draftOf(pod, owners));
}

function draftOf({ metadata, body, origin }: PodObject, owners: OwnerIndex): PodDraft {
  const { namespace, name, labels, annotations, deletionTimestamp } = metadata;
  const { spec, path } = body.template;
  return {
    key: podKey(namespace, name),
    namespace,
    name,
    nameAssumed: false,
    labels,
    annotations,
    workload: owners.workloadOf(metadata),
    spec,
    node: spec.nodeName || undefined,
    knownIps: body.podIps,
    hostIp: body.hostIp,
    phase: phaseOf(body),
    ready: body.ready,
    terminating: deletionTimestamp !== undefined,
    origin,
    templatePath: path,
  };
}

/** A pod as people write it has no phase; it is taken to run. */
function phaseOf({ phase }: PodBody): PodDraft['phase'] {
  if (phase === 'Succeeded' || phase === 'Failed') return 'Finished';
  return phase === 'Pending' ? 'Pending' : 'Running';
}
