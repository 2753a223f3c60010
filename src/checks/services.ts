/** Services with the pods that they select, and what their ports mean there. */

import { groupByEach } from '../collections/grouping.ts';
import type { ContainerPort } from '../k8s/kinds/pod-spec.ts';
import type { ObjectOfKind } from '../k8s/kinds.ts';
import type { Labels } from '../k8s/object.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { refTo, valueAt } from '../source/ref.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { Evidence } from './hit.ts';
import type { PodGroup } from './pod-groups.ts';
import { type Subject, subjectOf } from './subject.ts';

export type ServiceObject = ObjectOfKind<'Service'>;

export interface SelectingService {
  readonly service: ServiceObject;
  readonly subject: Subject;
  readonly selector: Labels;
  readonly groups: readonly PodGroup[];
}

/** The Services that select pods, with the groups that they select. */
export const selectingServices: OfInput<readonly SelectingService[]> = perInput(({ snapshot, groups }) =>
  snapshot.objects.ofKind('Service').flatMap((service) => {
    const { selector, type } = service.body;
    if (selector === undefined || type === 'ExternalName') return [];
    const selected = groups.select(service.metadata.namespace, selector);
    return [{ service, subject: subjectOf(service), selector, groups: selected }];
  }),
);

/** A Service that selects pods, by `namespace/name`. */
export const selectingByKey: OfInput<ReadonlyMap<string, SelectingService>> = perInput(
  (input) =>
    new Map(
      selectingServices(input).map((each) => {
        const { namespace, name } = each.service.metadata;
        return [`${namespace}/${name}`, each];
      }),
    ),
);

/** The Services that select a group, in the order of the input. */
export const servicesOfGroup: OfInput<ReadonlyMap<PodGroup, readonly SelectingService[]>> = perInput(
  (input) => groupByEach(selectingServices(input), ({ groups }) => groups),
);

/** Does the API server take the target port from `port`? (`targetPort` absent, 0 or empty.) */
export function isTargetDefaulted({ origin }: ServiceObject, { path }: ServicePortSpec): boolean {
  const written = valueAt(refTo(origin, ...path, 'targetPort'));
  return written === undefined || written === null || written === 0 || written === '';
}

/** `http (8080/TCP)`, `8080/TCP`. */
export function printContainerPort({ name, containerPort, protocol }: ContainerPort): string {
  const number = `${containerPort}/${protocol.toUpperCase()}`;
  return name === undefined ? number : `${name} (${number})`;
}

/** The declared ports of a group as evidence: at the first of them, else at its containers. */
export function portsEvidence(group: PodGroup): Evidence {
  const { subject, ports, spec, templatePath } = group;
  const declared = ports.map(printContainerPort).join(', ');
  const path = spec.containers.find((container) => container.ports.length > 0)?.path;
  return {
    subject,
    path: path === undefined ? [...templatePath, 'spec', 'containers'] : [...path, 'ports'],
    message: declared === '' ? 'declares no port' : `declares ${declared}`,
  };
}

/** A port of a Service in a message: `port http`, `port 80`. */
export function portName({ name, port }: ServicePortSpec): string {
  return `port ${name === '' ? port : name}`;
}
