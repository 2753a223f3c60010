/** A pod that nobody wrote: what asks when no pod is named. */

import type { Cluster, Pod } from '../cluster/cluster.ts';

const known = new WeakMap<Cluster, Map<string, Pod>>();

/** A pod of a namespace with every default: it asks the cluster DNS. `hostNetwork`: a process on a node. */
export function plainPod(cluster: Cluster, place: Pick<Pod, 'hostNetwork' | 'node'>): Pod {
  const ofCluster = known.get(cluster) ?? new Map<string, Pod>();
  known.set(cluster, ofCluster);
  const key = `${place.hostNetwork} ${place.node ?? ''}`;
  const pod = ofCluster.get(key) ?? makePod(cluster, place);
  ofCluster.set(key, pod);
  return pod;
}

function makePod({ profile }: Cluster, { hostNetwork, node }: Pick<Pod, 'hostNetwork' | 'node'>): Pod {
  const { namespace } = profile;
  return {
    key: `${namespace}/`,
    namespace,
    name: '',
    labels: new Map(),
    annotations: new Map(),
    ...(node === undefined ? {} : { node }),
    ips: [],
    hostNetwork,
    readiness: 'ready',
    finished: false,
    serving: true,
    spec: {
      hostNetwork,
      dnsPolicy: hostNetwork ? 'Default' : 'ClusterFirst',
      containers: [],
      initContainers: [],
      nodeSelector: new Map(),
    },
    ports: [],
    assumed: { name: true, node: true, ips: true, readiness: true },
  };
}
