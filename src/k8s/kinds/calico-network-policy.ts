import type { K8sObject, KindReader } from '../object.ts';
import {
  CALICO_API,
  CALICO_STORED,
  type CalicoPolicyBody,
  readCalicoPolicy,
} from '../policy-parts/calico-policy.ts';

export type CalicoNetworkPolicyObject = K8sObject<'CalicoNetworkPolicy', CalicoPolicyBody>;

/** Calico's own NetworkPolicy; `caliconetworkpolicy` is one of its names for kubectl. */
export const calicoNetworkPolicyReader: KindReader<'CalicoNetworkPolicy', CalicoPolicyBody> = {
  kind: 'CalicoNetworkPolicy',
  writtenKind: 'NetworkPolicy',
  apiVersions: CALICO_API,
  stillServed: CALICO_STORED,
  namespaced: true,
  read: readCalicoPolicy,
};
