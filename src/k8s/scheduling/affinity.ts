/** `spec.affinity` of a pod. */

import { type Fields, readMapping } from '../fields.ts';
import { type NodeAffinity, readNodeAffinity } from './node-affinity.ts';
import { type PodAffinity, readPodAffinity } from './pod-affinity.ts';

export interface Affinity {
  readonly node?: NodeAffinity;
  readonly pod?: PodAffinity;
  readonly podAnti?: PodAffinity;
}

/** undefined when the pod has none. */
export function readAffinity(spec: Fields): Affinity | undefined {
  const fields = readMapping(spec, 'affinity');
  if (fields === undefined) return undefined;
  const node = readNodeAffinity(fields);
  const pod = readPodAffinity(fields, 'podAffinity');
  const podAnti = readPodAffinity(fields, 'podAntiAffinity');
  return {
    ...(node === undefined ? {} : { node }),
    ...(pod === undefined ? {} : { pod }),
    ...(podAnti === undefined ? {} : { podAnti }),
  };
}
