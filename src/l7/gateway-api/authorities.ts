/** Certificate authorities, which are ConfigMaps. Source: kubernetes-sigs/gateway-api:apis/v1/gateway_types.go, backendtlspolicy_types.go. */

import type { Cluster } from '../../cluster/cluster.ts';
import { readConfigData } from '../../k8s/config-data.ts';
import type { ObjectRef } from '../../k8s/gateway-parts/references.ts';
import { certificateNames } from '../certificate.ts';

/** Why a reference to a certificate authority cannot be used. */
export interface AuthorityProblem {
  readonly kind: 'kind' | 'missing' | 'content';
  /** In words. */
  readonly text: string;
}

/** @param own the namespace of the object that has the reference. */
export function authorityProblem(
  { objects }: Cluster,
  { group, kind, name, namespace: named }: ObjectRef,
  own: string,
): AuthorityProblem | undefined {
  if (group !== '' || kind !== 'ConfigMap') {
    const text = `a certificate authority is in a ConfigMap, not in a ${kind} of group "${group}"`;
    return { kind: 'kind', text };
  }
  const namespace = named ?? own;
  const data = readConfigData(objects, { kind: 'ConfigMap', namespace, name });
  if (data === undefined) return { kind: 'missing', text: `there is no ConfigMap ${namespace}/${name}` };
  const pem = data.get('ca.crt')?.text;
  if (pem !== undefined && certificateNames(pem) !== undefined) return undefined;
  return { kind: 'content', text: `ConfigMap ${namespace}/${name} holds no certificate under ca.crt` };
}
