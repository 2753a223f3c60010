import type { K8sObject, KindReader } from '../object.ts';
import {
  CALICO_API,
  CALICO_STORED,
  type CalicoPolicyBody,
  readCalicoPolicy,
} from '../policy-parts/calico-policy.ts';

export type GlobalNetworkPolicyObject = K8sObject<'GlobalNetworkPolicy', CalicoPolicyBody>;

/** Calico's policy for all namespaces. */
export const globalNetworkPolicyReader: KindReader<'GlobalNetworkPolicy', CalicoPolicyBody> = {
  kind: 'GlobalNetworkPolicy',
  apiVersions: CALICO_API,
  stillServed: CALICO_STORED,
  namespaced: false,
  read: readCalicoPolicy,
};
