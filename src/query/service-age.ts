/** What was first, a Service or a container: timestamps tell it in a dump of a cluster. */

import type { ClusterService, Pod } from '../cluster/cluster.ts';
import { podObjectRef } from '../cluster/pod-spec-ref.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import { refTo, type SourceRef, valueAt, valueIn } from '../source/ref.ts';

/** When a container started, as the API server prints times (RFC 3339, UTC); undefined: nobody wrote it. */
export function startOf(pod: Pod, { name }: Container): string | undefined {
  const object = podObjectRef(pod);
  if (object === undefined) return undefined;
  const running = (['containerStatuses', 'initContainerStatuses'] as const)
    .flatMap((list) => valueAt(refTo(object, 'status', list)) ?? [])
    .filter((status: unknown) => valueIn(status, 'name') === name)
    .map((status: unknown) => valueIn(valueIn(valueIn(status, 'state'), 'running'), 'startedAt'))[0];
  return text(running) ?? text(valueAt(refTo(object, 'status', 'startTime')));
}

/** Was the Service created after the container had started? */
export function isYounger({ origin }: ClusterService, started: string | undefined): boolean {
  const created = origin === undefined ? undefined : creationOf(origin);
  return created !== undefined && started !== undefined && created > started;
}

function creationOf(origin: SourceRef): string | undefined {
  return text(valueAt(refTo(origin, 'metadata', 'creationTimestamp')));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) ? value : undefined;
}
