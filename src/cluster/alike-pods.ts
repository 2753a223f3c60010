/** Pods that nothing in the network tells apart but by their addresses: replicas of one workload on one node. */

import type { Pod } from './cluster.ts';

const known = new WeakMap<Pod, string>();

/**
 * A text that two pods share if they are on one node and everything that a policy selects by, a rule is made of or an
 * answer says of a pod is the same for both: namespace, workload, labels, ports, and which of its facts are invented.
 */
export function likenessOf(pod: Pod): string {
  const likeness = known.get(pod) ?? describe(pod);
  known.set(pod, likeness);
  return likeness;
}

function describe({ namespace, workload, node, labels, hostNetwork, assumed, ...pod }: Pod): string {
  const { name, node: isNodeAssumed, ips, readiness } = assumed;
  return JSON.stringify([
    [namespace, workload?.kind, workload?.name, node, hostNetwork],
    [...labels],
    pod.ports.map((port) => [port.name, port.containerPort, port.protocol, port.hostPort, port.hostIp]),
    [name, isNodeAssumed, ips, readiness],
  ]);
}
