/**
 * The policy engine of a node: which packets it judges, and what it says of them. Where it looks is the
 * CNI's (`PolicyEngine` in cni.ts); what policies mean is src/policy. A connection is judged once, at its
 * first packet: its other packets and the answers pass by conntrack (docs/semantics/network-policy.md).
 */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { decideDirection } from '../policy/decide.ts';
import { type Party, partyAt, partyOfNode } from '../policy/party.ts';
import type { Direction } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { PolicyEngine, PolicyHook } from './cni.ts';
import type { NetworkNamespace } from './network.ts';
import type { GuardPoint, PolicyGuard, PolicyLook } from './policy-look.ts';
import { type Departure, stopped, type Transit, withEvents } from './transit.ts';

/** The policies that engines of a cluster enforce. */
export interface Enforcement {
  /** Computed when a packet is first judged. */
  index(): PolicyIndex;
  /** `ignored`: what they deny goes on all the same, and is marked. */
  readonly mode: 'enforced' | 'ignored';
}

export interface GuardInput {
  readonly engine: PolicyEngine;
  readonly node: Node;
  readonly cluster: Cluster;
  readonly enforcement: Enforcement;
  /** Is it an address of the node's own devices? */
  isOwn(ip: Ip): boolean;
}

/** The guard of a node. It judges packets from and to pods of this node that have a network of their own. */
export function policyGuard(input: GuardInput): PolicyGuard {
  return (packet, point) =>
    (['egress', 'ingress'] as const)
      .filter((direction) => looksAt(input.engine[direction], point, direction))
      .flatMap((direction) => judge(input, packet, { direction, point }));
}

/** What a pod sends to its own node is judged where the node takes it: it is not forwarded. */
function looksAt({ at }: PolicyHook, point: GuardPoint, direction: Direction): boolean {
  if (point.at !== 'input') return point.at === at;
  return direction === 'egress' && (at === 'forward' || at === 'postrouting');
}

function judge(
  { engine, node, cluster, enforcement, isOwn }: GuardInput,
  packet: Packet,
  { direction, point }: { readonly direction: Direction; readonly point: GuardPoint },
): readonly PolicyLook[] {
  const pod = podHere(cluster, node, direction === 'egress' ? packet.src : packet.dst);
  if (pod === undefined) return [];
  const party = (ip: Ip): Party => (isOwn(ip) ? partyOfNode(node, ip) : partyAt(cluster, ip));
  const { protocol, dstPort: port } = packet;
  const flow = { from: party(packet.src), to: party(packet.dst), protocol, port };
  const verdict = decideDirection(enforcement.index(), flow, direction);
  const device = direction === 'egress' ? point.in : point.out;
  const isIgnored = verdict.action === 'deny' && enforcement.mode === 'ignored';
  return [{ pod, place: engine[direction].name(device ?? ''), verdict, isIgnored }];
}

/** The pod of this node that has the address for itself. */
function podHere(cluster: Cluster, node: Node, ip: Ip): Pod | undefined {
  const pod = cluster.podByIp.get(ip);
  return pod?.node === node.name ? pod : undefined;
}

/**
 * Has the namespace's policy engine judge a packet.
 * @returns the transit with what the engine said, or its end.
 */
export function passGuard(
  namespace: NetworkNamespace,
  transit: Transit,
  point: GuardPoint,
): Transit | Departure {
  if (namespace.guard === undefined || transit.tracked?.isNew === false) return transit;
  let branch = transit;
  for (const look of namespace.guard(transit.packet, point)) {
    if (look.verdict.action === 'deny' && !look.isIgnored) return stopped(branch, { kind: 'policy', look });
    branch = withEvents(branch, { kind: 'policy', packet: branch.packet, look });
  }
  return branch;
}
