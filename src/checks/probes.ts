/** The probes of containers and their ports, as they are written: nothing else reads them. */

import type { Container } from '../k8s/kinds/pod-spec.ts';
import { mappingAt } from '../k8s/raw-objects.ts';
import type { FieldPath } from '../source/document.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';

export interface ProbePort {
  readonly group: PodGroup;
  readonly container: Container;
  /** `readinessProbe`. */
  readonly probe: string;
  readonly port: number | string;
  /** Relative to the object. */
  readonly path: FieldPath;
}

const PROBES = ['startupProbe', 'livenessProbe', 'readinessProbe'];
const ACTIONS = ['httpGet', 'tcpSocket'];

/** Every probe that asks a port. */
export const probePorts: OfInput<readonly ProbePort[]> = perInput(({ groups }) =>
  groups.all.flatMap((group) =>
    [...group.spec.containers, ...group.spec.initContainers].flatMap((container) =>
      portsOf(group, container),
    ),
  ),
);

function portsOf(group: PodGroup, container: Container): readonly ProbePort[] {
  if (group.origin === undefined) return [];
  const raw = valueAt(refTo(group.origin, ...container.path));
  return PROBES.flatMap((probe) =>
    ACTIONS.flatMap((action) => {
      const { port } = mappingAt(raw, probe, action);
      if (typeof port !== 'number' && typeof port !== 'string') return [];
      return [{ group, container, probe, port, path: [...container.path, probe, action, 'port'] }];
    }),
  );
}
