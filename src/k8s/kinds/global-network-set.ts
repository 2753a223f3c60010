import type { KindReader } from '../object.ts';
import { CALICO_API, CALICO_STORED } from '../policy-parts/calico-policy.ts';
import { type NetworkSetBody, readNetworkSet } from './network-set.ts';

/** A NetworkSet of no namespace. */
export const globalNetworkSetReader: KindReader<'GlobalNetworkSet', NetworkSetBody> = {
  kind: 'GlobalNetworkSet',
  apiVersions: CALICO_API,
  stillServed: CALICO_STORED,
  namespaced: false,
  read: readNetworkSet,
};
