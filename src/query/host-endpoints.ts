/** Which hostNetwork pod answers at a node's address and port: the pods that share it are told by their endpoints. */

import type { PodKey } from '../cluster/cluster.ts';
import { onceFor } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { type Ip, printSocketAddress } from '../net/ip.ts';

/** The pod behind an address that no pod has alone; the index is made at the first question. */
export function hostEndpointAt(control: ControlPlane, ip: Ip, port: number): PodKey | undefined {
  return hostEndpoints(control).get(printSocketAddress(ip, port));
}

/** Of several Services' endpoints at one address the first counts; pods that no Service has are told by their ports. */
const hostEndpoints = onceFor(({ cluster, servicePorts }: ControlPlane): ReadonlyMap<string, PodKey> => {
  const index = new Map<string, PodKey>();
  const add = (ip: Ip, port: number, pod: PodKey) => {
    const address = printSocketAddress(ip, port);
    if (!index.has(address)) index.set(address, pod);
  };
  for (const { endpoints } of servicePorts) {
    for (const { ip, port, pod } of endpoints) {
      if (pod !== undefined && !cluster.podByIp.has(ip)) add(ip, port, pod);
    }
  }
  for (const { hostNetwork, ips, ports, key } of cluster.pods) {
    if (!hostNetwork) continue;
    for (const ip of ips) for (const { containerPort } of ports) add(ip, containerPort, key);
  }
  return index;
});
