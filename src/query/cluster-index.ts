/** Finding things of a cluster by the words of a reference, without asking every pod or Service. */

import type { Cluster, ClusterService, Pod } from '../cluster/cluster.ts';
import { groupBy } from '../collections/grouping.ts';
import { onceFor } from '../collections/once.ts';

export interface ClusterIndex {
  readonly servicesByName: ReadonlyMap<string, readonly ClusterService[]>;
  readonly servicesByNamespace: ReadonlyMap<string, readonly ClusterService[]>;
  /** By `namespace/name` of the workload, whatever its kind; in the order of the pods' keys. */
  readonly podsByWorkload: ReadonlyMap<string, readonly Pod[]>;
}

/** The index of a cluster; it is made at the first question. */
export const clusterIndex: (cluster: Cluster) => ClusterIndex = onceFor(({ services, pods }: Cluster) => ({
  servicesByName: groupBy(services, ({ name }) => name),
  servicesByNamespace: groupBy(services, ({ namespace }) => namespace),
  podsByWorkload: groupBy(pods, ({ namespace, workload }) => workload && `${namespace}/${workload.name}`),
}));
