/** Which hostNetwork pod answers at a node's address and port: the pods that share it are told by their endpoints. */

import type { PodKey } from '../cluster/cluster.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { type Ip, printSocketAddress } from '../net/ip.ts';

const indexes = new WeakMap<ControlPlane, ReadonlyMap<string, PodKey>>();

/** The pod behind an address that no pod has alone; the index is made at the first question. */
export function hostEndpointAt(control: ControlPlane, ip: Ip, port: number): PodKey | undefined {
  const index = indexes.get(control) ?? indexHostEndpoints(control);
  indexes.set(control, index);
  return index.get(printSocketAddress(ip, port));
}

/** Of several Services' endpoints at one address the first counts. */
function indexHostEndpoints({ cluster, servicePorts }: ControlPlane): ReadonlyMap<string, PodKey> {
  const index = new Map<string, PodKey>();
  for (const { endpoints } of servicePorts) {
    for (const { ip, port, pod } of endpoints) {
      if (pod === undefined || cluster.podByIp.has(ip)) continue;
      const address = printSocketAddress(ip, port);
      if (!index.has(address)) index.set(address, pod);
    }
  }
  return index;
}
