/**
 * BackendTLSPolicies: how a gateway connects to a Service. Source:
 * kubernetes-sigs/gateway-api:apis/v1/backendtlspolicy_types.go, conformance/tests/backendtlspolicy-*.go.
 */

import type { ClusterService } from '../../cluster/cluster.ts';
import type { ControlPlane } from '../../control/control-plane.ts';
import { readConfigData } from '../../k8s/config-data.ts';
import type { ObjectRef } from '../../k8s/gateway-parts/references.ts';
import type { BackendTlsPolicyObject } from '../../k8s/kinds/backend-tls-policy.ts';
import { refTo } from '../../source/ref.ts';
import { certificateNames } from '../certificate.ts';
import { byAge } from './age.ts';
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
  const problems = certificateAuthorities.flatMap((ref) => authorityProblem(control, policy, ref) ?? []);
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

function authorityProblem(
  { cluster }: ControlPlane,
  { metadata, origin }: BackendTlsPolicyObject,
  { group, kind, name, path }: ObjectRef,
): Condition | undefined {
  const at = refTo(origin, ...path);
  if (group !== '' || kind !== 'ConfigMap') {
    const text = `a certificate authority is in a ConfigMap, not in a ${kind} of group "${group}"`;
    return { ...condition('ResolvedRefs', 'False', 'InvalidKind', text), at };
  }
  const { namespace } = metadata;
  const data = readConfigData(cluster.objects, { kind: 'ConfigMap', namespace, name });
  const pem = data?.get('ca.crt')?.text;
  if (pem !== undefined && certificateNames(pem) !== undefined) return undefined;
  const text =
    data === undefined
      ? `there is no ConfigMap ${namespace}/${name}`
      : `ConfigMap ${namespace}/${name} holds no certificate under ca.crt`;
  return { ...condition('ResolvedRefs', 'False', 'InvalidCACertificateRef', text), at };
}
