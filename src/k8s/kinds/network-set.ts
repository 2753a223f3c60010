import { type Fields, readSection } from '../fields.ts';
import type { KindReader } from '../object.ts';
import { CALICO_API, CALICO_STORED } from '../policy-parts/calico-policy.ts';
import { readNets } from '../policy-parts/calico-rules.ts';
import type { PlacedCidr } from '../policy-parts/parts.ts';

export interface NetworkSetBody {
  /** What a selector that matches the set's labels means. */
  readonly nets: readonly PlacedCidr[];
}

/** Addresses that Calico's policies name by labels. */
export const networkSetReader: KindReader<'NetworkSet', NetworkSetBody> = {
  kind: 'NetworkSet',
  apiVersions: CALICO_API,
  stillServed: CALICO_STORED,
  namespaced: true,
  read: readNetworkSet,
};

/** The spec of a NetworkSet or a GlobalNetworkSet. */
export function readNetworkSet(fields: Fields): NetworkSetBody {
  return { nets: readNets(readSection(fields, 'spec'), 'nets') };
}
