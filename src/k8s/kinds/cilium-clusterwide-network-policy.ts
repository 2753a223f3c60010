import type { K8sObject, KindReader } from '../object.ts';
import { type CiliumPolicyBody, readCiliumPolicy } from '../policy-parts/cilium-rules.ts';

export type CiliumClusterwideNetworkPolicyObject = K8sObject<
  'CiliumClusterwideNetworkPolicy',
  CiliumPolicyBody
>;

/** Cilium's policy of all namespaces. */
export const ciliumClusterwideNetworkPolicyReader: KindReader<
  'CiliumClusterwideNetworkPolicy',
  CiliumPolicyBody
> = {
  kind: 'CiliumClusterwideNetworkPolicy',
  apiVersions: ['cilium.io/v2'],
  namespaced: false,
  read: readCiliumPolicy,
};
