/**
 * The policies that are about a workload: those of its namespace and of the root namespace that select it.
 * Source: istio/istio:pilot/pkg/model/policyattachment.go, authorization.go. Rules: docs/semantics/istio.md 11.
 */

import { onceEach } from '../../collections/once.ts';
import type { PolicyScope } from '../../k8s/istio-parts/policy-scope.ts';
import type { Labels, ObjectMeta } from '../../k8s/object.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { MeshSettings } from './settings.ts';

export interface Workload {
  readonly namespace: string;
  readonly labels: Labels;
}

/** A waypoint, which only policies with targets are about. */
export interface WaypointSubject {
  readonly waypoint: { readonly namespace: string; readonly name: string; readonly className: string };
  /** The Service that is asked for; undefined: a pod. */
  readonly service?: { readonly namespace: string; readonly name: string };
}

export type PolicySubject = Workload | WaypointSubject;

interface ScopedPolicy {
  readonly metadata: Pick<ObjectMeta, 'namespace'>;
  readonly body: PolicyScope;
}

const GATEWAY_GROUP = 'gateway.networking.k8s.io';

/** @returns the policies that are about a workload or a waypoint, in the order given. */
export function policiesAbout<Policy extends ScopedPolicy>(
  policies: readonly Policy[],
  { rootNamespace }: MeshSettings,
): (subject: PolicySubject) => readonly Policy[] {
  const all = policies.filter(({ body }) => body.targetRefs.length === 0);
  const targeted = policies.filter(({ body }) => body.targetRefs.length > 0);
  const near = onceEach((namespace: string) =>
    all.filter(({ metadata }) => metadata.namespace === rootNamespace || metadata.namespace === namespace),
  );
  return (subject) => {
    if ('waypoint' in subject) return targeted.filter((policy) => targets(policy, subject, rootNamespace));
    const { namespace, labels } = subject;
    return near(namespace).filter(
      ({ body }) => body.selector === undefined || labelsMatch(body.selector, labels),
    );
  };
}

/** The Gateway and the Service in the policy's own namespace; the class from the root namespace. */
function targets(
  { metadata: { namespace }, body }: ScopedPolicy,
  { waypoint, service }: WaypointSubject,
  rootNamespace: string,
): boolean {
  return body.targetRefs.some(({ group, kind, name }) => {
    if (group === GATEWAY_GROUP && kind === 'Gateway') {
      return namespace === waypoint.namespace && name === waypoint.name;
    }
    if (group === GATEWAY_GROUP && kind === 'GatewayClass') {
      return namespace === rootNamespace && name === waypoint.className;
    }
    const isCore = group === '' || group === 'core';
    return isCore && kind === 'Service' && namespace === service?.namespace && name === service.name;
  });
}
