/**
 * The policy engine of a node: which packets it judges, and what it says of them. Where it looks is the
 * CNI's (`PolicyEngine` in cni.ts); what policies mean is src/policy. A connection is judged once, at its
 * first packet: its other packets and the answers pass by conntrack (docs/semantics/network-policy.md).
 */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { Ip } from '../net/ip.ts';
import { changePacket, type Packet } from '../net/packet.ts';
import { newEntry, tuplesEqual } from '../netfilter/conntrack.ts';
import { decideDirection } from '../policy/decide.ts';
import { type Party, partyAt, partyOfNode } from '../policy/party.ts';
import type { Direction } from '../policy/policy.ts';
import type { PolicyIndex } from '../policy/policy-index.ts';
import type { PolicyEngine, PolicyHook } from './cni.ts';
import type { NetworkNamespace } from './network.ts';
import type { GuardPoint, PolicyGuard, PolicyLook } from './policy-look.ts';
import { changeTransit, type Departure, stopped, type Transit, withEvents } from './transit.ts';

/** What a sender's engine says comes before what the receiver's does. */
const DIRECTIONS = ['egress', 'ingress'] as const;

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
  return (packet, point) => {
    const looks: PolicyLook[] = [];
    for (const direction of DIRECTIONS) {
      if (!looksAt(input.engine[direction], point, direction)) continue;
      const look = judge(input, packet, { direction, point });
      if (look !== undefined) looks.push(look);
    }
    return looks;
  };
}

/**
 * What a pod sends to its own node is judged where the node takes it: it is not forwarded. Programs at the
 * devices of pods judge what the packet filter forwards with its destination translated, as the filter does.
 */
function looksAt({ at }: PolicyHook, point: GuardPoint, direction: Direction): boolean {
  const isProgram = at === 'from-pod' || at === 'to-pod';
  if (point.at === 'input') return direction === 'egress';
  if (at === 'to-port') return point.at === 'to-pod' || point.at === 'to-port';
  return point.at === at || (isProgram && point.at === 'forward');
}

function judge(
  { engine, node, cluster, enforcement, isOwn }: GuardInput,
  packet: Packet,
  { direction, point }: { readonly direction: Direction; readonly point: GuardPoint },
): PolicyLook | undefined {
  const pod = podHere(cluster, node, direction === 'egress' ? packet.src : packet.dst);
  const isExempt = direction === 'ingress' && (packet.mark & (engine.exemptMark ?? 0)) !== 0;
  if (pod === undefined || isExempt) return undefined;
  // Where the node's own packets are told by a mark, its addresses tell nothing.
  const isNode = (ip: Ip) => engine.exemptMark === undefined && isOwn(ip);
  const party = (ip: Ip): Party => (isNode(ip) ? partyOfNode(node, ip) : partyAt(cluster, ip));
  const { protocol, dstPort: port } = packet;
  const flow = { from: party(packet.src), to: party(packet.dst), protocol, port };
  const verdict = decideDirection(enforcement.index(), flow, direction);
  const device = direction === 'egress' ? point.in : point.out;
  const isIgnored = verdict.action === 'deny' && enforcement.mode === 'ignored';
  return { pod, place: engine[direction].name(device ?? ''), verdict, isIgnored };
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
    if (isJudged(branch, look)) continue;
    if (look.verdict.action === 'deny' && !look.isIgnored) return stopped(branch, { kind: 'policy', look });
    branch = withEvents(branch, { kind: 'policy', packet: branch.packet, look });
  }
  return branch;
}

/** A program may have judged the packet before the packet filter sees it. */
function isJudged({ events }: Transit, { verdict }: PolicyLook): boolean {
  return events.some(
    (event) => event.kind === 'policy' && event.look.verdict.direction === verdict.direction,
  );
}

/**
 * Is the packet the answer to one that was let pass here, by the programs or by the packet filter behind them? It is asked
 * as it arrives.
 */
export function answersJudged({ table, packet }: Pick<Transit, 'table' | 'packet'>): boolean {
  return table.some(({ reply }) => tuplesEqual(reply, packet));
}

export interface ProgramWay extends Pick<GuardPoint, 'in' | 'out'> {
  /** The packet as it came to the program. */
  readonly sent: Packet;
  /** From a device, both may look; from the namespace's own packet filter, only ports of a switch. */
  readonly points: readonly ('from-pod' | 'to-pod' | 'to-port')[];
}

/**
 * Has the programs at the devices of pods judge a packet that one of them hands straight to another device, so
 * that no hook of the packet filter sees it: its destination translated, its source as it was sent. They keep
 * connections of their own.
 */
export function passPrograms(
  namespace: NetworkNamespace,
  transit: Transit,
  { sent, points, ...devices }: ProgramWay,
): Transit | Departure {
  const { src, srcPort } = sent;
  const seen = changeTransit(transit, { packet: changePacket(transit.packet, { src, srcPort }) });
  let judged: Transit | Departure = seen;
  for (const at of points) {
    judged = passGuard(namespace, judged, { at, ...devices });
    if ('exit' in judged) return judged;
  }
  if (judged === seen) return transit;
  const { packet } = transit;
  const entry = { ...newEntry(packet), owner: 'policy' } as const;
  return changeTransit(judged, { packet, table: [...judged.table, entry] });
}
