/** What a program says of a packet, in a namespace's terms. */

import { multiplyFractions } from '../net/fraction.ts';
import { changePacket, type Encapsulation, type Packet } from '../net/packet.ts';
import type { NetworkEvent } from './event.ts';
import { isLocalAddress, lookupRoute, type NetworkNamespace, type Route } from './network.ts';
import type { Program, ProgramAction } from './program.ts';
import { changeTransit, type Transit, withEvents } from './transit.ts';

export interface ProgramSaid<Action> {
  readonly transit: Transit;
  readonly action: Action;
}

/**
 * Where the node's routes lead a packet that a program forwards; what they do not know goes on to the packet
 * filter (Linux net/core/filter.c bpf_ipv4_fib_lookup, which answers for unicast routes alone).
 */
export function forwardByRoute(
  namespace: NetworkNamespace,
  { transit, action }: ProgramSaid<ProgramAction>,
): ProgramSaid<Exclude<ProgramAction, { readonly kind: 'forward' }>> {
  if (action.kind !== 'forward') return { transit, action };
  const { packet } = transit;
  const route = isLocalAddress(namespace, packet.dst) ? undefined : lookupRoute(namespace, packet);
  const device = route?.blackhole ? undefined : namespace.devices.get(route?.device ?? '');
  if (route === undefined || device === undefined) return { transit, action: { kind: 'pass' } };
  const isFree = action.ttl === 'free-into-tunnels' && device.link.kind === 'tunnel';
  if (packet.ttl <= 1 && !isFree) return { transit, action: { kind: 'pass' } };
  const sent = isFree ? packet : changePacket(packet, { ttl: packet.ttl - 1 });
  return {
    transit: withEvents(transit, routeEvent(route, sent, isFree ? undefined : packet.ttl)),
    action: { kind: 'redirect', device: device.name, nextHop: route.via ?? packet.dst },
  };
}

/** Runs a program: every way that it lets the packet go. @param outer the header that it has taken off. */
export function runProgram(
  program: Program,
  transit: Transit,
  outer?: Encapsulation,
): readonly ProgramSaid<ProgramAction>[] {
  const { packet, table } = transit;
  return program({ packet, table, ...(outer === undefined ? {} : { outer }) }).map((result) => ({
    action: result.action,
    transit: changeTransit(transit, {
      share: multiplyFractions(transit.share, result.share),
      packet: result.packet,
      table: result.table,
      events: transit.events.concat(result.events),
    }),
  }));
}

/** A route was found. @param ttlBefore the TTL before forwarding took one; undefined: it took none. */
export function routeEvent(route: Route, packet: Packet, ttlBefore: number | undefined): NetworkEvent {
  const { prefix, via, onlink = false, device, mtu, because = [] } = route;
  return { kind: 'route', packet, prefix, via, onlink, device, mtu, ttlBefore, because };
}
