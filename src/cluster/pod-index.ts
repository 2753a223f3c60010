/** Pods by what others know of them: key, address, namespace. */

import { groupBy } from '../collections/grouping.ts';
import type { Ip } from '../net/ip.ts';
import type { Cluster, Pod } from './cluster.ts';

/** The indexes of a cluster. @param pods in the order of their keys. */
export function indexPods(
  pods: readonly Pod[],
): Pick<Cluster, 'pods' | 'podByKey' | 'podByIp' | 'podsByNamespace'> {
  const podByIp = new Map<Ip, Pod>();
  for (const pod of pods) {
    if (!pod.hostNetwork) for (const ip of pod.ips) if (!podByIp.has(ip)) podByIp.set(ip, pod);
  }
  return {
    pods,
    podByKey: new Map(pods.map((pod) => [pod.key, pod])),
    podByIp,
    podsByNamespace: groupBy(pods, ({ namespace }) => namespace),
  };
}
