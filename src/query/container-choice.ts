/** Which container of a pod a question is about. */

import type { Pod } from '../cluster/cluster.ts';
import { podSpecRef } from '../cluster/pod-spec-ref.ts';
import type { Container } from '../k8s/kinds/pod-spec.ts';
import { refTo, valueAt } from '../source/ref.ts';
import type { ContainerKind } from './env-answer.ts';
import { UsageError } from './usage-error.ts';

/** kubectl's annotation for its own `-c`. */
const DEFAULT_ANNOTATION = 'kubectl.kubernetes.io/default-container';

/**
 * The container of that name, else the one that kubectl takes: of the annotation, else the first.
 * @throws UsageError for an unknown name, or a pod without containers.
 */
export function chosenContainer(pod: Pod, name: string | undefined): Container {
  const all = startOrder(pod);
  const found =
    name === undefined
      ? (all.find((each) => each.name === annotated(pod)) ?? pod.spec.containers[0])
      : all.find((each) => each.name === name);
  if (found !== undefined) return found;
  const what = name === undefined ? 'has no containers' : `has no container ${name}`;
  throw new UsageError(
    `pod ${pod.key} ${what}`,
    all.map((each) => `-c ${each.name}`),
  );
}

/** Init containers and sidecars, then the others. */
export function startOrder({ spec }: Pod): readonly Container[] {
  return [...spec.initContainers, ...spec.containers];
}

/** What sort of container it is. */
export function containerKind({ spec }: Pod, container: Container): ContainerKind {
  if (!spec.initContainers.includes(container)) return 'container';
  return container.restartPolicy === 'Always' ? 'sidecar' : 'init';
}

function annotated(pod: Pod): unknown {
  const spec = podSpecRef(pod);
  if (spec === undefined) return undefined;
  const metadata = { ...spec, path: [...spec.path.slice(0, -1), 'metadata'] };
  return valueAt(refTo(metadata, 'annotations', DEFAULT_ANNOTATION));
}
