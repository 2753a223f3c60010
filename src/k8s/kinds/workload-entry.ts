/** WorkloadEntry of Istio: a workload outside Kubernetes, which ServiceEntries select by its labels. */

import { readSection } from '../fields.ts';
import { readEndpoint, type WorkloadEndpoint } from '../istio-parts/workload-endpoint.ts';
import type { KindReader } from '../object.ts';

export interface WorkloadEntryBody {
  readonly endpoint?: WorkloadEndpoint;
}

export const workloadEntryReader: KindReader<'WorkloadEntry', WorkloadEntryBody> = {
  kind: 'WorkloadEntry',
  apiVersions: ['networking.istio.io/v1', 'networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  stillServed: ['networking.istio.io/v1beta1', 'networking.istio.io/v1alpha3'],
  namespaced: true,
  read: (fields) => {
    const [endpoint] = readEndpoint(readSection(fields, 'spec'));
    return endpoint === undefined ? {} : { endpoint };
  },
};
