/**
 * BackendTLSPolicies: how a gateway connects to a Service. Source:
 * kubernetes-sigs/gateway-api:apis/v1/backendtlspolicy_types.go, conformance/tests/backendtlspolicy-*.go.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import type { ObjectRef } from '../../k8s/gateway-parts/references.ts';
import type { BackendTlsPolicyObject } from '../../k8s/kinds/backend-tls-policy.ts';
import { refTo } from '../../source/ref.ts';
import { byAge } from './age.ts';
import { authorityProblem } from './authorities.ts';
import { type Condition, condition } from './model.ts';

export interface PolicyStatus {
  readonly policy: BackendTlsPolicyObject;
  readonly conditions: readonly Condition[];
}

export interface BackendTls {
  readonly policies: readonly PolicyStatus[];
  /** The policy for a port of a Service, by the port's name. */
  policyFor(service: ClusterService, portName: string): PolicyStatus | undefined;
}

/** Sorts out which policy governs which port, and whether it can be used. */
export function backendTls(control: ControlPlane): BackendTls {
  const governing = new Map<string, BackendTlsPolicyObject>();
  const conflicted = new Map<BackendTlsPolicyObject, BackendTlsPolicyObject>();
  const policies = control.cluster.objects.ofKind('BackendTLSPolicy');
  for (const policy of [...policies].sort(byAge)) {
    for (const { group, kind, name, sectionName } of policy.body.targets) {
      if (group !== '' || kind !== 'Service') continue;
      const key = targetKey(`${policy.metadata.namespace}/${name}`, sectionName);
      const other = governing.get(key);
      if (other === undefined) governing.set(key, policy);
      else if (other !== policy) conflicted.set(policy, other);
    }
  }
  const statuses = new Map(
    policies.map((policy) => [policy, statusOf(control, policy, conflicted.get(policy))]),
  );
  return {
    policies: [...statuses.values()],
    policyFor: ({ key }, portName) => {
      const policy = governing.get(targetKey(key, portName)) ?? governing.get(targetKey(key, undefined));
      return policy === undefined ? undefined : statuses.get(policy);
    },
  };
}

/** Can the gateway verify the backend, so that it connects? */
export function isUsable({ conditions }: PolicyStatus): boolean {
  return conditions.some(({ type, status }) => type === 'Accepted' && status === 'True');
}

/** A port without a name is of the whole Service. */
function targetKey(service: string, sectionName: string | undefined): string {
  return `${service}\n${sectionName ?? ''}`;
}

function statusOf(
  control: ControlPlane,
  policy: BackendTlsPolicyObject,
  winner: BackendTlsPolicyObject | undefined,
): PolicyStatus {
  if (winner !== undefined) {
    const text = `BackendTLSPolicy ${winner.metadata.name} has the same target, and is older or the first by name`;
    return { policy, conditions: [condition('Accepted', 'False', 'Conflicted', text)] };
  }
  const { certificateAuthorities, wellKnown } = policy.body;
  const problems = certificateAuthorities.flatMap((ref) => problemOf(control, policy, ref) ?? []);
  const [first] = problems;
  const hasAny = wellKnown || problems.length < certificateAuthorities.length;
  return {
    policy,
    conditions: [
      hasAny
        ? condition('Accepted', 'True', 'Accepted', 'the policy is accepted')
        : condition('Accepted', 'False', 'NoValidCACertificate', 'no certificate authority can be used'),
      ...(first === undefined ? [] : [first]),
    ],
  };
}

function problemOf(
  { cluster }: ControlPlane,
  { metadata, origin }: BackendTlsPolicyObject,
  ref: ObjectRef,
): Condition | undefined {
  // References of a policy have no namespace.
  const { namespace: _, ...local } = ref;
  const problem = authorityProblem(cluster, local, metadata.namespace);
  if (problem === undefined) return undefined;
  const reason = problem.kind === 'kind' ? 'InvalidKind' : 'InvalidCACertificateRef';
  return {
    ...condition('ResolvedRefs', 'False', reason, problem.text),
    at: refTo(origin, ...ref.path),
  };
}
