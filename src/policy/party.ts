/** The ends of a flow as policies see them. */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { Ip } from '../net/ip.ts';

export type Party =
  /** A pod with a network of its own. `ip`: the address of the flow; undefined while nobody knows one. */
  | { readonly kind: 'pod'; readonly pod: Pod; readonly ip?: Ip }
  /** A process in a node's network, a hostNetwork pod too. */
  | { readonly kind: 'node'; readonly node: Node; readonly ip?: Ip }
  /** A host outside. */
  | { readonly kind: 'address'; readonly ip?: Ip };

/**
 * A pod as an end of a flow: with its own network itself, else the node.
 * @param ip the address of the flow; without it the pod's first.
 */
export function partyOfPod(
  { nodeByName }: Pick<Cluster, 'nodeByName'>,
  pod: Pod,
  ip: Ip | undefined = pod.ips[0],
): Party {
  const at = ip === undefined ? {} : { ip };
  if (!pod.hostNetwork) return { kind: 'pod', pod, ...at };
  const node = nodeByName.get(pod.node ?? '');
  return node === undefined ? { kind: 'address', ...at } : { kind: 'node', node, ...at };
}

/** A node as an end of a flow. */
export function partyOfNode(
  node: Node,
  ip: Ip | undefined = node.primaryAddresses[0] ?? node.addresses[0],
): Party {
  return { kind: 'node', node, ...(ip === undefined ? {} : { ip }) };
}

/** Whoever has the address. */
export function partyAt({ podByIp, nodeByIp }: Pick<Cluster, 'podByIp' | 'nodeByIp'>, ip: Ip): Party {
  const pod = podByIp.get(ip);
  if (pod !== undefined) return { kind: 'pod', pod, ip };
  const node = nodeByIp.get(ip);
  return node === undefined ? { kind: 'address', ip } : { kind: 'node', node, ip };
}
