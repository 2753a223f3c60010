/** What holds of every walk, whatever CNI wires the nodes and whatever proxy translates Services. */

import type { Dataplane } from '../../src/dataplane/build.ts';
import { datapathLines } from '../../src/index.ts';
import { addFractions, type Fraction } from '../../src/net/fraction.ts';
import { type Packet, reverseTuple, type Tuple } from '../../src/net/packet.ts';
import type { Hop, Step, Walk } from '../../src/trace/trace.ts';

const ZERO: Fraction = { numerator: 0, denominator: 1 };
const SUCCESSES: ReadonlySet<string> = new Set(['accepted', 'exits-cluster']);

/** What is wrong with the walks of one flow; empty: nothing. */
export function roadFaults(dataplane: Dataplane, walks: readonly Walk[]): readonly string[] {
  const sum = walks.reduce((total, { share }) => addFractions(total, share), ZERO);
  const shares =
    sum.numerator === sum.denominator ? [] : [`shares sum to ${sum.numerator}/${sum.denominator}`];
  return [...shares, ...walks.flatMap((walk) => walkFaults(dataplane, walk))];
}

function walkFaults(dataplane: Dataplane, walk: Walk): readonly string[] {
  const { hops, reply } = walk;
  return [
    ...wayFaults(dataplane, hops).map((fault) => `there: ${fault}`),
    ...(reply === undefined ? [] : wayFaults(dataplane, reply.hops).map((fault) => `back: ${fault}`)),
    ...answerFaults(walk),
    ...endFaults(walk),
  ];
}

function wayFaults(dataplane: Dataplane, hops: readonly Hop[]): readonly string[] {
  return [...deviceFaults(dataplane, hops), ...continuityFaults(hops), ...ttlFaults(hops)];
}

const NETNS = { netns: (id: string) => id };

/** Every device that a packet passes is there, and the printed datapath makes it. */
function deviceFaults(dataplane: Dataplane, hops: readonly Hop[]): readonly string[] {
  return hops.flatMap(({ place, namespace, steps }) => {
    const found = dataplane.namespace(namespace);
    if (found === undefined) return [`no namespace ${namespace}`];
    if (place.kind !== 'node' && place.kind !== 'pod') return [];
    const { ip, notes } = datapathLines(found, NETNS);
    const printed = [...ip, ...notes].join('\n');
    return steps.flatMap((step) => {
      if (step.kind !== 'receive' && step.kind !== 'transmit') return [];
      const device = found.devices.get(step.device);
      if (device === undefined) return [`${namespace} has no ${step.device}`];
      if (device.mtu !== step.mtu)
        return [`${step.device} of ${namespace} has MTU ${device.mtu}, not ${step.mtu}`];
      const isMade =
        device.link.kind === 'loopback' || device.link.kind === 'uplink' || printed.includes(step.device);
      return isMade ? [] : [`the datapath of ${namespace} does not make ${step.device}`];
    });
  });
}

const tupleOf = ({ protocol, src, srcPort, dst, dstPort }: Tuple) =>
  `${protocol} ${src.text}:${srcPort} > ${dst.text}:${dstPort}`;

/** Only a translation changes addresses, and it says from what. */
function continuityFaults(hops: readonly Hop[]): readonly string[] {
  const steps = hops
    .flatMap((hop) => hop.steps)
    .filter((step, index, all) => !isJudgement(step) || index === all.length - 1);
  return steps.slice(1).flatMap((step, index) => {
    const last = steps[index];
    if (last === undefined || isJudgement(step)) return [];
    const before = 'before' in step ? step.before : step.packet;
    const own = before === step.packet || isRewriteOf(step, before) ? [] : [`${step.kind} rewrites too much`];
    const same = tupleOf(before) === tupleOf(last.packet) || isTurnedSocket(last, step);
    return same
      ? own
      : [...own, `${last.kind} has ${tupleOf(last.packet)}, then ${step.kind} ${tupleOf(before)}`];
  });
}

/** A policy engine tells the packet as it judges it: with the source that its program saw. */
function isJudgement(step: Step): boolean {
  return step.kind === 'policy' || (step.kind === 'end' && step.cause.kind === 'policy');
}

/** The client's own packet carries the address that its socket was turned to. */
function isTurnedSocket(last: Step, step: Step): boolean {
  return last.kind === 'translate' && last.program?.at === 'connect' && step.kind === 'originate';
}

function isRewriteOf(step: Step, before: Packet): boolean {
  if (step.kind === 'balance') return true;
  if (step.kind !== 'translate') return false;
  const kept = step.side === 'src' ? 'dst' : 'src';
  return step.packet[kept] === before[kept] && step.packet.protocol === before.protocol;
}

/** It only gets less, by one at a time, and a reply is a new packet. */
function ttlFaults(hops: readonly Hop[]): readonly string[] {
  const packets = hops.flatMap((hop) => hop.steps.map(({ packet }) => packet));
  return packets.slice(1).flatMap(({ ttl }, index) => {
    const lost = (packets[index]?.ttl ?? ttl) - ttl;
    return lost === 0 || lost === 1 ? [] : [`the TTL changes by ${-lost}`];
  });
}

/** An answer that arrives is the reverse of what the client's socket sent. */
function answerFaults({ hops, reply }: Walk): readonly string[] {
  if (reply?.disposition !== 'accepted') return [];
  const sent = hops[0]?.steps.findLast(({ kind }) => kind === 'originate')?.packet;
  const arrived = reply.hops.at(-1)?.steps.at(-1);
  if (sent === undefined || arrived?.kind !== 'accept') return ['an answer that nobody takes'];
  const wanted = tupleOf(reverseTuple(sent));
  return tupleOf(arrived.packet) === wanted
    ? []
    : [`the answer is ${tupleOf(arrived.packet)}, not ${wanted}`];
}

/** One end, last, that agrees with the disposition. */
function endFaults({ hops, reply, disposition }: Walk): readonly string[] {
  const kinds = hops.flatMap((hop) => hop.steps.map(({ kind }) => kind));
  const ends = kinds.filter((kind) => kind === 'accept' || kind === 'end');
  const isTaken = kinds.at(-1) === 'accept' || kinds.at(-1) === 'balance';
  return [
    ...(ends.length === 1 ? [] : [`${ends.length} ends`]),
    ...(isTaken || kinds.at(-1) === 'end' ? [] : [`the last step is ${kinds.at(-1)}`]),
    ...(isTaken === (SUCCESSES.has(disposition) || disposition === 'reply-lost')
      ? []
      : [`${kinds.at(-1)} and ${disposition}`]),
    ...(SUCCESSES.has(disposition) && reply?.disposition !== 'accepted' ? ['no answer'] : []),
  ];
}
