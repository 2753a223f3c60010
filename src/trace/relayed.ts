/**
 * A connection of the cluster's own that a load balancer outside passes on, source and all: it goes out, and the same
 * connection comes back to a node. The answer passes the balancer again, whatever the nodes' routes say: its network keeps
 * count of the flows (Delivery `node-port` of control/load-balancer.ts).
 */

import type { Dataplane } from '../dataplane/build.ts';
import { externalNamespace, UPLINK } from '../dataplane/underlay.ts';
import { multiplyFractions } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { behindBalancer, namespaceOf } from './balanced.ts';
import type { BalancerChoice } from './balancer-choice.ts';
import type { Flow, Hop, Walk } from './trace.ts';
import { type TraceWorld, traceFlow } from './tracer.ts';

export interface Relay {
  readonly choice: BalancerChoice;
  /** As the balancer sends it on: the source that came to it, to the node's address and node port. */
  readonly flow: Omit<Flow, 'from' | 'src' | 'owner'> & { readonly src: Ip };
}

/**
 * The walks of a whole connection.
 * @param out the way to the balancer, which took it, and back.
 */
export function walksThrough(world: TraceWorld, out: Walk, relay: Relay): readonly Walk[] {
  const { choice, flow } = relay;
  const relaying = { ...world, dataplane: relayingDataplane(world.dataplane, relay) };
  return traceFlow(relaying, { ...flow, from: namespaceOf(choice) }).map((walk) =>
    joinedWalk(out, behindBalancer(walk, choice)),
  );
}

/**
 * One walk of two.
 * @param out ends at the balancer.
 * @param behind begins with its client.
 */
export function joinedWalk(out: Walk, behind: Walk): Walk {
  const { reply } = behind;
  return {
    ...behind,
    share: multiplyFractions(out.share, behind.share),
    hops: [...out.hops.slice(0, -1), ...behind.hops.slice(1)],
    ...(reply === undefined ? {} : { reply: { ...reply, hops: answerHops(out, reply) } }),
  };
}

/** From the balancer on, an answer that gets there takes the way that the way out has left. */
function answerHops(out: Walk, { disposition, hops }: NonNullable<Walk['reply']>): readonly Hop[] {
  if (disposition !== 'accepted' || out.reply === undefined) return hops;
  return [...hops.slice(0, -1), ...out.reply.hops.slice(1)];
}

/** In the balancer's place a host that has the sender's address; what nodes send as the answer of its flow goes there. */
function relayingDataplane(dataplane: Dataplane, { choice, flow }: Relay): Dataplane {
  const id = namespaceOf(choice);
  const sender = externalNamespace(flow.src);
  // To the sender's own address it sends, too: that node is the one to refuse it.
  const local = flow.src === flow.dst ? new Set<Ip>() : sender.local;
  const host = { ...sender, id, place: choice.place, local };
  const device = host.devices.get(UPLINK);
  return {
    ...dataplane,
    namespace: (asked) => (asked === id ? host : dataplane.namespace(asked)),
    otherEnd: (from, wire) =>
      device !== undefined && wire.device.link.kind === 'uplink' && isAnswer(wire.packet, flow)
        ? { namespace: host, device }
        : dataplane.otherEnd(from, wire),
  };
}

function isAnswer(answer: Packet, { protocol, src, srcPort, dst, dstPort }: Relay['flow']): boolean {
  return (
    answer.outer === undefined &&
    answer.protocol === protocol &&
    answer.src === dst &&
    answer.srcPort === dstPort &&
    answer.dst === src &&
    answer.dstPort === srcPort
  );
}
