/** Target ports of Services by what the selected pods declare. */

import { findPort } from '../control/endpoint-ports.ts';
import type { ContainerPort } from '../k8s/kinds/pod-spec.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';
import { type SelectingService, selectingServices } from './services.ts';

/** A port of a declaring group. */
export interface DeclaredPort {
  readonly group: PodGroup;
  readonly port: ContainerPort;
}

/** A port of a Service that selects at least one group. */
export interface TargetPort extends SelectingService {
  readonly port: ServicePortSpec;
}

export interface NamedTarget extends TargetPort {
  /** Groups that have a port of that name and protocol. */
  readonly having: readonly PodGroup[];
  readonly lacking: readonly PodGroup[];
  /** A port of that name, but of another protocol. */
  readonly otherProtocol: DeclaredPort | undefined;
}

/** Ports whose targetPort is a name. */
export const namedTargets: OfInput<readonly NamedTarget[]> = perInput((input) =>
  targetPorts(input).flatMap((target) => {
    const { port, groups } = target;
    if (typeof port.targetPort !== 'string') return [];
    const having = groups.filter((group) => findPort(group, port) !== undefined);
    const lacking = groups.filter((group) => findPort(group, port) === undefined);
    const otherProtocol = declaredPort(lacking, ({ name }) => name === port.targetPort);
    return [{ ...target, having, lacking, otherProtocol }];
  }),
);

/** Every port of every Service that selects pods. */
export const targetPorts: OfInput<readonly TargetPort[]> = perInput((input) =>
  selectingServices(input).flatMap((each) =>
    each.groups.length === 0 ? [] : each.service.body.ports.map((port) => ({ ...each, port })),
  ),
);

/** The first port of the groups that fits. */
export function declaredPort(
  groups: readonly PodGroup[],
  fits: (port: ContainerPort) => boolean,
): DeclaredPort | undefined {
  for (const group of groups) {
    const port = group.ports.find(fits);
    if (port !== undefined) return { group, port };
  }
  return undefined;
}
