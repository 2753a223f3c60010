/** The ports that a pod declares, whichever of its containers does. */

import type { ContainerPort, PodSpec } from '../k8s/kinds/pod-spec.ts';

const known = new WeakMap<PodSpec, readonly ContainerPort[]>();

/** Those of containers, then of sidecars (KEP-753); other init containers have ended. */
export function declaredPorts(spec: PodSpec): readonly ContainerPort[] {
  const cached = known.get(spec);
  if (cached !== undefined) return cached;
  const sidecars = spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const ports = [...spec.containers, ...sidecars].flatMap((container) => container.ports);
  known.set(spec, ports);
  return ports;
}
