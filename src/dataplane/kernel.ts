/**
 * The kernel of one network namespace: what happens to a packet from the moment it arrives on a device
 * (or a local process sends it) until it leaves by a device, reaches a local socket, or is stopped.
 * The rules are K1 to K13 of docs/semantics/datapath.md.
 */

import { flatMapOne } from '../collections/mostly-one.ts';
import type { Ip } from '../net/ip.ts';
import { changePacket, type Encapsulation, type Packet } from '../net/packet.ts';
import type { ConntrackTable } from '../netfilter/conntrack.ts';
import { leaveByPort, switchFrame } from './bridge.ts';
import type { NetworkEvent } from './event.ts';
import { runHook } from './hooks.ts';
import {
  addressTowards,
  type Device,
  isLocalAddress,
  isTakenHere,
  lookupRoute,
  type NetworkNamespace,
  type Route,
} from './network.ts';
import { answersJudged, passGuard, passPrograms } from './policy-guard.ts';
import type { Program, ProgramAction } from './program.ts';
import { forwardByRoute, routeEvent, runProgram } from './run-program.ts';
import { isMartian, passesReversePath } from './source-checks.ts';
import {
  changeTransit,
  type Departure,
  type Detail,
  newTransit,
  onward,
  type Sending,
  stopped,
  type Transit,
  transmission,
  withEvents,
} from './transit.ts';
import { carryInner, decapsulate, encapsulate, outerPacket } from './tunnel.ts';

/** A frame on its way into a namespace. */
export interface Arrival {
  readonly device: Device;
  readonly packet: Packet;
  /** Whose hardware address the frame carries as its destination. */
  readonly nextHop: Ip;
  readonly table: ConntrackTable;
  /** Its connection, where it was in this namespace before; see `loopedConnection` of transit.ts. */
  readonly tracked?: Transit['tracked'];
  readonly detail?: Detail | undefined;
}

/** The address that a local process sends from: that of the device that the route leads to. */
export function sourceAddress(namespace: NetworkNamespace, destination: Ip): Ip | undefined {
  if (isLocalAddress(namespace, destination)) return destination;
  const route = lookupRoute(namespace, { dst: destination, mark: 0 });
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (device === undefined) return undefined;
  const own = route?.src ?? addressTowards(device, route?.via ?? destination);
  return own ?? [...namespace.local].find((ip) => ip.family === destination.family);
}

/** A local process sends: route, output, route again where NAT changed the destination, postrouting. */
export function send(
  namespace: NetworkNamespace,
  packet: Packet,
  table: ConntrackTable,
  sending: Sending = {},
): readonly Departure[] {
  const first = outgoingDevice(namespace, packet);
  const transit = newTransit(packet, table, sending);
  if (first === undefined) return [stopped(transit, { kind: 'no-route' })];
  return onward(runHook(namespace, transit, 'output', { out: first }), (sent) =>
    sent.scheduled ? sendOn(namespace, sent) : sendRouted(namespace, sent),
  );
}

/** What came in and is sent on is judged as if it were forwarded. */
function passOn(namespace: NetworkNamespace, scheduled: Transit, from: Device): readonly Departure[] {
  const out = outgoingDevice(namespace, scheduled.packet);
  const judged = passGuard(namespace, scheduled, { at: 'forward', in: from.name, out });
  return 'exit' in judged ? [judged] : sendOn(namespace, judged);
}

/**
 * A packet that a virtual server sends on to a real server: route, TTL, output, postrouting; not forward.
 * Source: Linux net/netfilter/ipvs/ip_vs_xmit.c ip_vs_nat_xmit, __ip_vs_get_out_rt.
 */
function sendOn(namespace: NetworkNamespace, scheduled: Transit): readonly Departure[] {
  const transit = changeTransit(scheduled, { scheduled: undefined });
  const { packet } = transit;
  const out = outgoingDevice(namespace, packet);
  if (out === undefined) return [stopped(transit, { kind: 'no-route' })];
  if (isLocalAddress(namespace, packet.dst)) {
    const passed = runHook(namespace, transit, 'output', { out });
    return onward(passed, (sent) => sendRouted(namespace, sent));
  }
  if (packet.ttl <= 1) return [stopped(transit, { kind: 'ttl-exceeded' })];
  const aged = changeTransit(transit, { packet: changePacket(packet, { ttl: packet.ttl - 1 }) });
  return onward(runHook(namespace, aged, 'output', { out }), (sent) =>
    sendRouted(namespace, sent, packet.ttl),
  );
}

/** @param ttlBefore the TTL before a virtual server took one off. */
function sendRouted(namespace: NetworkNamespace, transit: Transit, ttlBefore?: number): readonly Departure[] {
  const { dst } = transit.packet;
  if (isTakenHere(namespace, transit.packet)) {
    const loopback = namespace.devices.get('lo');
    if (loopback === undefined) return [stopped(transit, { kind: 'no-route' })];
    return postroute(namespace, transit, { device: loopback, nextHop: dst });
  }
  const route = lookupRoute(namespace, transit.packet);
  if (route?.blackhole) return [stopped(transit, { kind: 'blackhole', prefix: route.prefix })];
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (route === undefined || device === undefined) return [stopped(transit, { kind: 'no-route' })];
  const routed = withEvents(
    transit,
    namespace.forwards ? routeEvent(route, transit.packet, ttlBefore) : gatewayEvent(route, transit.packet),
  );
  return postroute(namespace, routed, { device, nextHop: route.via ?? dst });
}

/** A frame arrives on a device. */
export function receive(namespace: NetworkNamespace, arrival: Arrival): readonly Departure[] {
  const { device, packet, tracked } = arrival;
  const arrived = newTransit(packet, arrival.table, { detail: arrival.detail });
  const transit = withEvents(tracked === undefined ? arrived : changeTransit(arrived, { tracked }), {
    kind: 'receive',
    packet,
    device: device.name,
    mtu: device.mtu,
    bridge: device.link.kind === 'veth' ? device.link.bridge : undefined,
  });
  if (device.link.kind === 'veth' && device.link.bridge !== undefined) {
    return receiveOnBridgePort(namespace, transit, arrival);
  }
  if (packet.outer === undefined) return receiveOn(namespace, transit, device);
  const unwrapping = namespace.programs?.unwraps;
  return unwrapping?.device === device.name && unwrapping.takes(packet.outer)
    ? receiveUnwrapped(namespace, transit, { device, outer: packet.outer, program: unwrapping.program })
    : receiveTunnelled(namespace, transit, device, packet.outer);
}

/** A device's program sees the packet first. */
function receiveOn(namespace: NetworkNamespace, transit: Transit, device: Device): readonly Departure[] {
  const program = namespace.programs?.ingress.get(device.name);
  if (program === undefined) return receiveIp(namespace, transit, device);
  return receiveByProgram(namespace, transit, { program, device });
}

interface ProgramAt {
  readonly program: Program;
  readonly device: Device;
  /** The header that it has taken off. */
  readonly outer?: Encapsulation;
}

/** A program takes the header off itself: the hooks of the packet filter see neither packet. */
function receiveUnwrapped(
  namespace: NetworkNamespace,
  transit: Transit,
  at: ProgramAt & { readonly outer: Encapsulation },
): readonly Departure[] {
  const packet = changePacket(transit.packet, { outer: undefined });
  const { outer, device } = at;
  const taken = withEvents(transit, { kind: 'decapsulate', packet, outer, device: device.name });
  return receiveByProgram(namespace, taken, at);
}

function receiveByProgram(
  namespace: NetworkNamespace,
  transit: Transit,
  { program, device, outer }: ProgramAt,
): readonly Departure[] {
  const isAnswer = answersJudged(transit);
  return runProgram(program, transit, outer).flatMap((result) => {
    const { transit: after, action } = forwardByRoute(namespace, result);
    if (action.kind === 'pass') return receiveIp(namespace, after, device);
    if (!('device' in action) || isAnswer) return obey(namespace, after, action);
    const judged = passPrograms(namespace, after, {
      sent: transit.packet,
      in: device.name,
      out: action.device,
      points: ['from-pod', 'to-pod'],
    });
    return 'exit' in judged ? [judged] : obey(namespace, judged, action);
  });
}

/** Does what a program says, other than to go on. */
function obey(
  namespace: NetworkNamespace,
  transit: Transit,
  action: Exclude<ProgramAction, { readonly kind: 'pass' | 'forward' }>,
): readonly Departure[] {
  switch (action.kind) {
    case 'stop':
      return [stopped(transit, { kind: 'program', verdict: action.verdict })];
    case 'encapsulate':
      return sendWrapped(namespace, transit, action.outer);
    case 'receive': {
      const device = namespace.devices.get(action.device);
      if (device === undefined) return [stopped(transit, { kind: 'no-route' })];
      const { packet } = transit;
      const { name, mtu } = device;
      const event = { kind: 'receive', packet, device: name, mtu, bridge: undefined } as const;
      return receiveIp(namespace, withEvents(transit, event), device);
    }
    case 'redirect':
    case 'redirect-peer': {
      const device = namespace.devices.get(action.device);
      if (device === undefined) return [stopped(transit, { kind: 'no-route' })];
      if (action.kind === 'redirect-peer') {
        return [{ transit, exit: { kind: 'wire', device, nextHop: transit.packet.dst } }];
      }
      const { nextHop, network } = action;
      return transmit(namespace, transit, { device, nextHop, ...(network === undefined ? {} : { network }) });
    }
  }
}

/** In the header that a program made, by the routes to its other end. */
function sendWrapped(
  namespace: NetworkNamespace,
  transit: Transit,
  outer: Encapsulation,
): readonly Departure[] {
  const route = lookupRoute(namespace, { dst: outer.dst, mark: 0 });
  const device = namespace.devices.get(route?.device ?? '');
  if (route === undefined || device === undefined) return [stopped(transit, { kind: 'no-route' })];
  const packet = changePacket(transit.packet, { outer });
  const wrapped = withEvents(transit, { kind: 'encapsulate', packet, outer, device: device.name });
  return transmit(namespace, wrapped, { device, nextHop: route.via ?? outer.dst });
}

/** A process opens a connection: what its packets will be addressed to. */
export function connect(
  namespace: NetworkNamespace,
  packet: Packet,
  table: ConntrackTable,
): readonly (Transit | Departure)[] {
  const program = namespace.programs?.connect;
  const asked = newTransit(packet, table);
  if (program === undefined) return [asked];
  return runProgram(program, asked).map(({ transit, action }) =>
    action.kind === 'stop' ? stopped(transit, { kind: 'program', verdict: action.verdict }) : transit,
  );
}

/** IP input: prerouting, then local delivery or forwarding. */
function receiveIp(namespace: NetworkNamespace, transit: Transit, device: Device): readonly Departure[] {
  return onward(runHook(namespace, transit, 'prerouting', { in: device.name }), (branch) =>
    routeInput(namespace, branch, device),
  );
}

/** The routing decision of a packet that came in, after prerouting. */
function routeInput(namespace: NetworkNamespace, transit: Transit, device: Device): readonly Departure[] {
  if (isMartian(namespace, device, transit.packet)) {
    return [stopped(transit, { kind: 'martian-source', device: device.name })];
  }
  if (!passesReversePath(namespace, device.name, transit.packet)) {
    return [stopped(transit, { kind: 'reverse-path', device: device.name })];
  }
  if (isTakenHere(namespace, transit.packet)) {
    return onward(runHook(namespace, transit, 'input', { in: device.name }), (branch) =>
      branch.scheduled && !isLocalAddress(namespace, branch.packet.dst)
        ? passOn(namespace, branch, device)
        : [{ transit: branch, exit: { kind: 'local', device: device.name } }],
    );
  }
  if (!namespace.forwards) return [stopped(transit, { kind: 'not-for-us' })];
  return forward(namespace, transit, device);
}

function forward(namespace: NetworkNamespace, transit: Transit, from: Device): readonly Departure[] {
  const { packet } = transit;
  const route = lookupRoute(namespace, packet);
  if (route?.blackhole) return [stopped(transit, { kind: 'blackhole', prefix: route.prefix })];
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (route === undefined || device === undefined) return [stopped(transit, { kind: 'no-route' })];
  if (packet.ttl <= 1) return [stopped(transit, { kind: 'ttl-exceeded' })];
  const aged = changePacket(packet, { ttl: packet.ttl - 1 });
  const routed = withEvents(transit, routeEvent(route, aged, packet.ttl));
  const passed = runHook(namespace, routed, 'forward', { in: from.name, out: device.name });
  return onward(passed, (branch) =>
    postroute(namespace, branch, { device, nextHop: route.via ?? packet.dst }),
  );
}

interface Way {
  readonly device: Device;
  readonly nextHop: Ip;
  /** The virtual network that a program chose. */
  readonly network?: number;
}

function postroute(namespace: NetworkNamespace, transit: Transit, way: Way): readonly Departure[] {
  return onward(runHook(namespace, transit, 'postrouting', { out: way.device.name }), (branch) =>
    transmit(namespace, branch, way),
  );
}

/** A device's program sees the packet before it leaves; who listens on the device sees what is left of it. */
function transmit(namespace: NetworkNamespace, transit: Transit, way: Way): readonly Departure[] {
  const program = namespace.programs?.egress.get(way.device.name);
  if (program === undefined) return transmitNow(namespace, transit, way);
  return runProgram(program, transit).flatMap((result) => {
    const { transit: after, action } = forwardByRoute(namespace, result);
    return action.kind === 'pass' ? transmitNow(namespace, after, way) : obey(namespace, after, action);
  });
}

/** Into the switch that a device is a port of, behind the packet filter. */
function transmitInto(
  namespace: NetworkNamespace,
  transit: Transit,
  { program, device }: ProgramAt,
): readonly Departure[] {
  return runProgram(program, transit).flatMap((result) => {
    const { transit: after, action } = forwardByRoute(namespace, result);
    if (action.kind === 'pass') return [stopped(after, { kind: 'no-route' })];
    if (!('device' in action)) return obey(namespace, after, action);
    const judged = passPrograms(namespace, after, {
      sent: transit.packet,
      in: device.name,
      out: action.device,
      points: ['to-port'],
    });
    return 'exit' in judged ? [judged] : obey(namespace, judged, action);
  });
}

function transmitNow(namespace: NetworkNamespace, transit: Transit, way: Way): readonly Departure[] {
  const { device, nextHop, network } = way;
  const sent = withEvents(transit, transmission(device, transit));
  const program = namespace.programs?.behind?.get(device.name);
  // A switch of the kernel's own sees the mark, too.
  const marked = () => changeTransit(sent, { packet: transit.packet });
  if (program !== undefined) return transmitInto(namespace, marked(), { program, device });
  switch (device.link.kind) {
    case 'bridge':
      return [leaveByPort(namespace, sent, { bridge: device, nextHop })];
    case 'tunnel': {
      const { remotes } = device.link;
      const wrapped = encapsulate(namespace, sent, { remotes, device, nextHop, network });
      if ('exit' in wrapped) return [wrapped];
      return send(namespace, outerPacket(wrapped.outer), sent.table).map((departure) =>
        carryInner(departure, wrapped),
      );
    }
    case 'loopback':
    case 'dummy':
    case 'uplink':
    case 'veth':
      return [{ transit: sent, exit: { kind: 'wire', device, nextHop } }];
  }
}

/** A tunnel packet arrives: prerouting and input see the outer header, then the inner packet is taken out. */
function receiveTunnelled(
  namespace: NetworkNamespace,
  transit: Transit,
  device: Device,
  outer: Encapsulation,
): readonly Departure[] {
  const outside = newTransit(outerPacket(outer), transit.table);
  return flatMapOne(receiveIp(namespace, outside, device), (departure): readonly Departure[] => {
    if (departure.exit.kind !== 'local') return [{ transit, exit: departure.exit }];
    const taken = decapsulate(namespace, changeTransit(transit, { table: departure.transit.table }), outer);
    return taken === undefined
      ? [stopped(transit, { kind: 'not-for-us' })]
      : receiveOn(namespace, taken.transit, taken.tunnel);
  });
}

/** A frame on a bridge port: switched to another port, or handed up to the bridge's own IP. */
function receiveOnBridgePort(
  namespace: NetworkNamespace,
  transit: Transit,
  { device, nextHop }: Arrival,
): readonly Departure[] {
  return flatMapOne(switchFrame(namespace, transit, { port: device, nextHop }), (result) => {
    if (result.kind === 'done') return [result.departure];
    return result.filtered
      ? routeInput(namespace, result.transit, result.bridge)
      : receiveIp(namespace, result.transit, result.bridge);
  });
}

function outgoingDevice(namespace: NetworkNamespace, packet: Packet): string | undefined {
  if (isTakenHere(namespace, packet)) return 'lo';
  return lookupRoute(namespace, packet)?.device;
}

/** A host asks its link who has the next hop. */
function gatewayEvent({ via, device }: Route, packet: Packet): NetworkEvent {
  return { kind: 'neighbor', packet, address: via ?? packet.dst, device };
}
