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

interface ScopedPolicy {
  readonly metadata: Pick<ObjectMeta, 'namespace'>;
  readonly body: PolicyScope;
}

/** @returns the policies that are about a workload, in the order given; those with targets are about none. */
export function policiesAbout<Policy extends ScopedPolicy>(
  policies: readonly Policy[],
  { rootNamespace }: MeshSettings,
): (workload: Workload) => readonly Policy[] {
  const all = policies.filter(({ body }) => body.targetRefs.length === 0);
  const near = onceEach((namespace: string) =>
    all.filter(({ metadata }) => metadata.namespace === rootNamespace || metadata.namespace === namespace),
  );
  return ({ namespace, labels }) =>
    near(namespace).filter(({ body }) => body.selector === undefined || labelsMatch(body.selector, labels));
}
