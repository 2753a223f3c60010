/**
 * A load balancer between a client outside and the nodes: what it makes of walks that were traced to one of
 * the nodes. It is opaque: one hop, whose step says which node it chose.
 */

import type { Place } from '../dataplane/network.ts';
import type { Fraction } from '../net/fraction.ts';
import { multiplyFractions, ONE } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import { newPacket, type Packet, reverseTuple } from '../net/packet.ts';
import type { BalancerChoice } from './balancer-choice.ts';
import type { Cause, Flow, Hop, Step, Walk } from './trace.ts';

/**
 * The walk as the client sees it.
 * @param walk from the client, to the balancer's address with the chosen node as entry (`vip`), or to the
 * node's address and node port (`node-port`).
 */
export function behindBalancer(walk: Walk, choice: BalancerChoice): Walk {
  const share = multiplyFractions(walk.share, oneOf(choice.nodes));
  const [client, ...rest] = walk.hops;
  if (client === undefined) return { ...walk, share };
  const arrived = client.steps.at(-1)?.packet;
  if (arrived === undefined) return { ...walk, share };
  const sent = { ...client, steps: client.steps.map((step) => withDestination(step, choice)) };
  const hop = hopOf(choice, { kind: 'balance', packet: arrived, before: toFront(arrived, choice), choice });
  const hops = [sent, hop, ...rest];
  return {
    ...walk,
    share,
    hops,
    ...(walk.reply === undefined ? {} : { reply: replyBehind(walk.reply, choice) }),
  };
}

/** The client's own connection to a balancer that ends it (`proxy`). */
export function frontWalk(
  flow: Flow & { readonly src: Ip; readonly place: Place },
  choice: BalancerChoice,
): Walk {
  const { protocol, src, srcPort, dst, dstPort, from, place } = flow;
  const packet = newPacket({ protocol, src, srcPort, dst, dstPort });
  const back = newPacket(reverseTuple(packet));
  return {
    share: ONE,
    disposition: 'accepted',
    hops: [
      { place, namespace: from, steps: [{ kind: 'originate', packet, device: 'eth0' }] },
      hopOf(choice, { kind: 'balance', packet, before: packet, choice }),
    ],
    reply: {
      disposition: 'accepted',
      hops: [
        hopOf(choice, { kind: 'originate', packet: back, device: 'eth0' }),
        { place, namespace: from, steps: [{ kind: 'accept', packet: back, device: 'eth0' }] },
      ],
    },
  };
}

/** The balancer's own connection: the walk with its place in the place of an outside host. */
export function fromBalancer(walk: Walk, choice: BalancerChoice): Walk {
  const renamed = (hops: readonly Hop[]) =>
    hops.map((hop) => (hop.namespace === namespaceOf(choice) ? { ...hop, place: choice.place } : hop));
  const { reply } = walk;
  return {
    ...walk,
    share: multiplyFractions(walk.share, oneOf(choice.nodes)),
    hops: renamed(walk.hops),
    ...(reply === undefined ? {} : { reply: { ...reply, hops: renamed(reply.hops) } }),
  };
}

/** Where the balancer's own connections start. */
export function namespaceOf({ front }: BalancerChoice): `external/${string}` {
  return `external/${front.ip.text}`;
}

function oneOf(nodes: number): Fraction {
  return { numerator: 1, denominator: nodes };
}

function hopOf(choice: BalancerChoice, step: Step): Hop {
  return { place: choice.place, namespace: namespaceOf(choice), steps: [step] };
}

function withDestination(step: Step, choice: BalancerChoice): Step {
  return { ...step, packet: toFront(step.packet, choice) };
}

function toFront(packet: Packet, { front }: BalancerChoice): Packet {
  return { ...packet, dst: front.ip, dstPort: front.port };
}

/** A node that got the packet for the balancer's own address answers the client directly. */
function replyBehind(reply: NonNullable<Walk['reply']>, choice: BalancerChoice): NonNullable<Walk['reply']> {
  const client = reply.hops.at(-1);
  if (choice.delivery !== 'node-port' || reply.disposition !== 'accepted' || client === undefined)
    return reply;
  const { front } = choice;
  const before = client.steps[0]?.packet;
  if (before === undefined) return reply;
  const restored = (packet: Packet): Packet => ({ ...packet, src: front.ip, srcPort: front.port });
  const hop = hopOf(choice, { kind: 'balance', packet: restored(before), before, choice });
  const last = { ...client, steps: client.steps.map((step) => ({ ...step, packet: restored(step.packet) })) };
  return { ...reply, hops: [...reply.hops.slice(0, -1), hop, last] };
}

/** A connection that ends at the balancer. */
export function walkEndingAt(
  flow: Flow & { readonly src: Ip; readonly place: Place },
  choice: BalancerChoice,
  end: Pick<Walk, 'disposition' | 'reason'> & { readonly cause: Cause },
): Walk {
  const [client] = frontWalk(flow, choice).hops;
  const packet = client?.steps[0]?.packet;
  if (client === undefined || packet === undefined) throw new Error('a client sends nothing');
  const { cause, ...ending } = end;
  const step: Step = { kind: 'end', packet, disposition: ending.disposition, cause };
  return { share: oneOf(choice.nodes), hops: [client, hopOf(choice, step)], ...ending };
}
