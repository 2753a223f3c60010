/**
 * The walk: hands packets from namespace to namespace, one branch for each random choice of the rules,
 * and turns every end into one disposition. What a namespace does with a packet is the dataplane's
 * business (dataplane/kernel.ts).
 */

import { likenessOf } from '../cluster/alike-pods.ts';
import type { Pod } from '../cluster/cluster.ts';
import { flatMapOne } from '../collections/mostly-one.ts';
import type { Dataplane } from '../dataplane/build.ts';
import { connect, receive, send, sourceAddress } from '../dataplane/kernel.ts';
import type { NamespaceId, NetworkNamespace } from '../dataplane/network.ts';
import {
  changeTransit,
  type Departure,
  type Detail,
  loopedConnection,
  type Transit,
} from '../dataplane/transit.ts';
import { type Cidr, cidrContains } from '../net/cidr.ts';
import { type Fraction, multiplyFractions, ONE } from '../net/fraction.ts';
import { changePacket, newPacket, type Packet, printSource, reverseTuple } from '../net/packet.ts';
import type { ConntrackTable } from '../netfilter/conntrack.ts';
import type { SocketOwner } from '../netfilter/match.ts';
import { type Bundle, bundleDepartures } from './bundle.ts';
import { dispositionOf } from './cause-disposition.ts';
import type { Disposition, Reason } from './disposition.ts';
import { strayed } from './strayed.ts';
import type { Cause, Flow, Hop, Step, Walk } from './trace.ts';

/** More wires than any modelled way crosses; beyond it something goes round in circles. */
const MAX_WIRES = 64;

/** What the tracer needs to know of the cluster besides its dataplane. */
export interface TraceWorld {
  readonly dataplane: Dataplane;
  readonly serviceCidrs: readonly Cidr[];
  readonly podCidrs: readonly Cidr[];
  /** The node by which packets from outside enter that are for no node's own address. */
  readonly entry?: string;
  /** The pod that is asked for: of branches to several, only its own is walked. */
  readonly isAsked?: (pod: Pod) => boolean;
  /** More branches of a fork to what is no pod are not walked each; without it, a thousand. */
  readonly branches?: number;
  /** Keep the rules that are tried. */
  readonly detail?: Detail;
}

/** The state of a walk between two namespaces. */
interface Progress {
  readonly share: Fraction;
  readonly hops: readonly Hop[];
  /** Crossed so far: a packet may come back to where it was. */
  readonly wires: number;
  /** Branches that this one stands for: to replicas that are alike, and others. */
  readonly alike: readonly Packet[];
  readonly merged: number;
  readonly tables: ReadonlyMap<NamespaceId, ConntrackTable>;
}

/** A walk in one direction, and what it leaves behind for the way back. */
interface OneWay {
  readonly progress: Progress;
  readonly end: End;
}

type End =
  | { readonly kind: 'taken'; readonly namespace: NetworkNamespace; readonly packet: Packet }
  | { readonly kind: 'stopped'; readonly disposition: Disposition; readonly reason?: Reason };

/**
 * Every way that a flow's packets may take; shares sum to 1.
 * @returns a single walk with disposition no-route when the sender has no address of the family.
 */
export function traceFlow(world: TraceWorld, flow: Flow): readonly Walk[] {
  const origin = world.dataplane.namespace(flow.from);
  if (origin === undefined) return [];
  const src = flow.src ?? sourceAddress(origin, flow.dst);
  if (src === undefined) return [unroutable(origin, flow)];
  const packet = newPacket({ ...flow, src });
  const start: Progress = { share: ONE, hops: [], wires: 0, alike: [], merged: 0, tables: new Map() };
  return connect(origin, packet, []).flatMap((opened) =>
    open(world, { origin, packet, start, owner: flow.owner }, opened),
  );
}

/** The source is chosen behind the program, for the address that it chose (Linux net/ipv4/tcp_ipv4.c tcp_v4_pre_connect). */
function withOwnSource(origin: NetworkNamespace, transit: Transit, asked: Packet): Transit {
  if (transit.packet.dst === asked.dst) return transit;
  const src = sourceAddress(origin, transit.packet.dst) ?? transit.packet.src;
  return changeTransit(transit, { packet: changePacket(transit.packet, { src }) });
}

interface Opening {
  readonly origin: NetworkNamespace;
  readonly packet: Packet;
  readonly start: Progress;
  readonly owner: SocketOwner | undefined;
}

/** A connection that a program at the socket may have turned to another address: its packets never have the first one. */
function open(
  world: TraceWorld,
  { origin, packet, start, owner }: Opening,
  opened: Transit | Departure,
): readonly Walk[] {
  const transit = 'exit' in opened ? opened.transit : withOwnSource(origin, opened, packet);
  const isTurned = transit.events.length > 0;
  const asked: Step = { kind: 'originate', packet, device: '' };
  const before = isTurned ? afterTransit(withSteps(start, origin, [asked]), origin, transit) : start;
  if ('exit' in opened) {
    const cause: Cause = opened.exit.kind === 'stopped' ? opened.exit.stop : { kind: 'no-route' };
    return [withReply(world, stop(before, { namespace: origin, packet, cause }), { origin, packet })];
  }
  return emit(world, origin, { packet: transit.packet, owner }, before).map((way) => ({
    ...withReply(world, way, { origin, packet: transit.packet }),
    ...(way.progress.alike.length === 0 ? {} : { alike: way.progress.alike }),
    ...(way.progress.merged === 0 ? {} : { merged: way.progress.merged }),
  }));
}

/** A process of `origin` sends; the way of every branch. */
function emit(
  world: TraceWorld,
  origin: NetworkNamespace,
  { packet, owner }: { readonly packet: Packet; readonly owner?: SocketOwner | undefined },
  progress: Progress,
): readonly OneWay[] {
  const { detail } = world;
  const departures = send(origin, packet, progress.tables.get(origin.id) ?? [], {
    detail,
    owner,
    isSentHere: true,
  });
  return flatMapOne(bundled(world, departures), (bundle) => {
    const first: Step = { kind: 'originate', packet, device: firstDevice(bundle.departure) };
    return follow(world, origin, bundle.departure, withSteps(onBehalf(progress, bundle), origin, [first]));
  });
}

/** The branches to walk. */
function bundled(world: TraceWorld, departures: readonly Departure[]): readonly Bundle[] {
  const { dataplane, podCidrs, branches: most } = world;
  const likeness = ({ dst }: Packet) => {
    const pod = dataplane.podAt(dst);
    // Rules may be about one of the ranges.
    return pod && `${podCidrs.findIndex((range) => cidrContains(range, dst))} ${likenessOf(pod)}`;
  };
  return bundleDepartures(askedFor(world, departures), { most, likenessOf: likeness });
}

/** Those to the pod that is asked for, if it is among them. */
function askedFor(
  { dataplane, isAsked }: TraceWorld,
  departures: readonly Departure[],
): readonly Departure[] {
  if (isAsked === undefined || departures.length === 1) return departures;
  const asked = departures.filter(({ transit }) => {
    const pod = dataplane.podAt(transit.packet.dst);
    return pod !== undefined && isAsked(pod);
  });
  return asked.length === 0 ? departures : asked;
}

function onBehalf(progress: Progress, { alike, merged }: Bundle): Progress {
  if (alike.length === 0 && merged === 0) return progress;
  return changeProgress(progress, {
    alike: [...progress.alike, ...alike],
    merged: progress.merged + merged,
  });
}

function firstDevice({ transit, exit }: Departure): string {
  const sent = transit.events.find((event) => event.kind === 'transmit');
  if (sent?.kind === 'transmit') return sent.device;
  return exit.kind === 'wire' ? exit.device.name : '';
}

/** Goes on from what a namespace did with the packet. */
function follow(
  world: TraceWorld,
  namespace: NetworkNamespace,
  { transit, exit }: Departure,
  before: Progress,
): readonly OneWay[] {
  const progress = afterTransit(before, namespace, transit);
  const { packet } = transit;
  switch (exit.kind) {
    case 'stopped':
      return [stop(progress, { namespace, packet, cause: exit.stop })];
    case 'local':
      return [take(progress, { namespace, packet, device: exit.device })];
    case 'wire': {
      const destination = packet.outer?.dst ?? packet.dst;
      const { device, nextHop } = exit;
      const other = world.dataplane.otherEnd(namespace, {
        device,
        nextHop,
        destination,
        packet,
        entry: world.entry,
      });
      if (other === undefined) {
        const cause: Cause = {
          kind: 'neighbor-unreachable',
          address: nextHop,
          device: device.name,
        };
        return [stop(progress, { namespace, packet, cause })];
      }
      if (progress.wires >= MAX_WIRES) {
        return [stop(progress, { namespace, packet, cause: { kind: 'too-many-hops' } })];
      }
      const lost = strayed(world, { from: namespace, to: other.namespace, packet });
      if (lost !== undefined) return [stop(progress, { namespace, packet, cause: lost })];
      const arrival = {
        device: other.device,
        packet,
        nextHop,
        table: progress.tables.get(other.namespace.id) ?? [],
        tracked: loopedConnection(device, transit),
        detail: world.detail,
      };
      const crossed = changeProgress(progress, { wires: progress.wires + 1 });
      return flatMapOne(bundled(world, receive(other.namespace, arrival)), (bundle) =>
        follow(world, other.namespace, bundle.departure, onBehalf(crossed, bundle)),
      );
    }
  }
}

interface Ending {
  readonly namespace: NetworkNamespace;
  readonly packet: Packet;
}

function take(progress: Progress, ending: Ending & { readonly device: string }): OneWay {
  const { namespace, packet, device } = ending;
  const taken = withSteps(progress, namespace, [{ kind: 'accept', packet, device }]);
  return { progress: taken, end: { kind: 'taken', namespace, packet } };
}

function stop(progress: Progress, { namespace, packet, cause }: Ending & { readonly cause: Cause }): OneWay {
  const verdict = dispositionOf(cause);
  const step: Step = { kind: 'end', packet, disposition: verdict.disposition, cause };
  return { progress: withSteps(progress, namespace, [step]), end: { kind: 'stopped', ...verdict } };
}

/** Walks the answer back, if somebody took the packet. */
function withReply(
  world: TraceWorld,
  way: OneWay,
  asked: { readonly origin: NetworkNamespace; readonly packet: Packet },
): Walk {
  const { progress, end } = way;
  const { share, hops } = progress;
  if (end.kind === 'stopped') {
    return {
      share,
      hops,
      disposition: end.disposition,
      ...(end.reason === undefined ? {} : { reason: end.reason }),
    };
  }
  const taker = { namespace: end.namespace.id, place: end.namespace.place, packet: end.packet };
  const answer = newPacket(reverseTuple(end.packet));
  const [back] = emit(
    world,
    end.namespace,
    { packet: answer },
    {
      share: ONE,
      hops: [],
      wires: 0,
      alike: [],
      merged: 0,
      tables: progress.tables,
    },
  );
  if (back === undefined) return { share, hops, disposition: 'reply-lost', taker };
  const arrived = checkArrival(back, asked);
  if (arrived.end.kind === 'stopped') {
    const reply = { disposition: 'reply-lost' as const, hops: arrived.progress.hops };
    return { share, hops, disposition: 'reply-lost', taker, reply };
  }
  const outside = end.namespace.place.kind === 'external';
  const reply = { disposition: 'accepted' as const, hops: arrived.progress.hops };
  return { share, hops, disposition: outside ? 'exits-cluster' : 'accepted', taker, reply };
}

/** The answer counts only if it comes from the address that the program asked. */
function checkArrival(
  back: OneWay,
  asked: { readonly origin: NetworkNamespace; readonly packet: Packet },
): OneWay {
  if (back.end.kind === 'stopped') return back;
  const { namespace, packet } = back.end;
  const wanted = reverseTuple(asked.packet);
  const same =
    namespace === asked.origin &&
    packet.src === wanted.src &&
    packet.srcPort === wanted.srcPort &&
    packet.dst === wanted.dst &&
    packet.dstPort === wanted.dstPort;
  if (same) return back;
  const hops = back.progress.hops.map((hop, index, all) =>
    index === all.length - 1 ? { ...hop, steps: hop.steps.filter(({ kind }) => kind !== 'accept') } : hop,
  );
  const cause: Cause = {
    kind: 'unexpected-reply',
    expected: printSource(wanted),
    ...(namespace === asked.origin ? {} : { elsewhere: true }),
  };
  return stop(changeProgress(back.progress, { hops }), { namespace, packet, cause });
}

function unroutable(origin: NetworkNamespace, flow: Flow): Walk {
  const packet = newPacket({ ...flow, src: flow.dst });
  const step: Step = { kind: 'end', packet, disposition: 'no-route', cause: { kind: 'no-route' } };
  return {
    share: ONE,
    hops: [{ place: origin.place, namespace: origin.id, steps: [step] }],
    disposition: 'no-route',
  };
}

function afterTransit(progress: Progress, namespace: NetworkNamespace, transit: Transit): Progress {
  const tables = new Map(progress.tables).set(namespace.id, transit.table);
  const share = multiplyFractions(progress.share, transit.share);
  return changeProgress(withSteps(progress, namespace, transit.events), { share, tables });
}

/** Appends steps to the last hop, or to a new one when the packet has come to another namespace. */
function withSteps(progress: Progress, namespace: NetworkNamespace, steps: readonly Step[]): Progress {
  const last = progress.hops.at(-1);
  if (last?.namespace === namespace.id) {
    const grown: Hop = { place: last.place, namespace: last.namespace, steps: [...last.steps, ...steps] };
    return changeProgress(progress, { hops: progress.hops.with(-1, grown) });
  }
  const hop: Hop = { place: namespace.place, namespace: namespace.id, steps };
  return changeProgress(progress, { hops: [...progress.hops, hop] });
}

/** Written out, not spread: docs/adr/0006-written-out-copies.md. */
function changeProgress(progress: Progress, changes: Partial<Progress>): Progress {
  const { share = progress.share, hops = progress.hops, wires = progress.wires } = changes;
  const { alike = progress.alike, merged = progress.merged, tables = progress.tables } = changes;
  return { share, hops, wires, alike, merged, tables };
}
