/** Pods that security policies of Istio are for, and ports that are written as a Service has them. */

import { findPort } from '../control/endpoint-ports.ts';
import type { Labels, ObjectMeta } from '../k8s/object.ts';
import type { FieldPath } from '../source/document.ts';
import type { CheckInput } from './check-input.ts';
import { meshOf } from './meshes.ts';
import type { PodGroup } from './pod-groups.ts';
import { type ServiceObject, servicesOfGroup } from './services.ts';

export interface WorkloadPolicy {
  readonly metadata: ObjectMeta;
  readonly body: { readonly selector?: Labels };
}

/** Those of its namespace that it selects; of the whole cluster where it stands in the root namespace. */
export function selectedWorkloads(
  input: CheckInput,
  { metadata: { namespace }, body: { selector = new Map() } }: WorkloadPolicy,
): readonly PodGroup[] {
  if (namespace !== meshOf(input).settings.rootNamespace) return input.groups.select(namespace, selector);
  const namespaces = [...new Set(input.groups.all.map((group) => group.namespace))];
  return namespaces.flatMap((each) => input.groups.select(each, selector));
}

/** A port of a Service where one of its pods is meant. */
export interface ServicePortMistake {
  readonly service: ServiceObject;
  readonly path: FieldPath;
  /** Where the pods listen. */
  readonly target: number;
}

/** The Service whose port it is, where the pods listen on another one and declare no such port. */
export function servicePortMistake(
  input: CheckInput,
  pods: readonly PodGroup[],
  port: number,
): ServicePortMistake | undefined {
  if (pods.some(({ ports }) => ports.some(({ containerPort }) => containerPort === port))) return undefined;
  for (const group of pods) {
    for (const { service } of servicesOfGroup(input).get(group) ?? []) {
      const spec = service.body.ports.find((each) => each.port === port);
      const target = spec === undefined ? undefined : findPort(group, spec);
      if (spec !== undefined && target !== undefined && target !== port) {
        return { service, path: spec.path, target };
      }
    }
  }
  return undefined;
}
