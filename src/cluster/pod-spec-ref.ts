/** Fields of a pod's specification in its manifest: its own, or its workload's template. */

import type { FieldPath } from '../source/document.ts';
import { refTo, type SourceRef } from '../source/ref.ts';
import type { Pod } from './cluster.ts';

/** A field below the specification; undefined for a pod that no manifest has, or that has no container. */
export function podSpecRef({ origin, spec }: Pod, ...path: FieldPath): SourceRef | undefined {
  const container = spec.containers[0] ?? spec.initContainers[0];
  if (origin === undefined || container === undefined) return undefined;
  return refTo(origin, ...container.path.slice(0, -2), ...path);
}

/** The Pod object itself; undefined for a pod that a workload's template makes. */
export function podObjectRef({ origin, spec }: Pod): SourceRef | undefined {
  const container = spec.containers[0] ?? spec.initContainers[0];
  return container !== undefined && container.path.length === POD_CONTAINER_DEPTH ? origin : undefined;
}

/** `spec.containers[0]`. */
const POD_CONTAINER_DEPTH = 3;
