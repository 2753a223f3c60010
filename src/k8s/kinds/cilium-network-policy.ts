import type { K8sObject, KindReader } from '../object.ts';
import { type CiliumPolicyBody, readCiliumPolicy } from '../policy-parts/cilium-rules.ts';

export type CiliumNetworkPolicyObject = K8sObject<'CiliumNetworkPolicy', CiliumPolicyBody>;

/** Cilium's policy of a namespace. */
export const ciliumNetworkPolicyReader: KindReader<'CiliumNetworkPolicy', CiliumPolicyBody> = {
  kind: 'CiliumNetworkPolicy',
  apiVersions: ['cilium.io/v2'],
  namespaced: true,
  read: readCiliumPolicy,
};
