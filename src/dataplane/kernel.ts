/**
 * The kernel of one network namespace: what happens to a packet from the moment it arrives on a device
 * (or a local process sends it) until it leaves by a device, reaches a local socket, or is stopped.
 * The rules are K1 to K13 of docs/semantics/datapath.md.
 */

import type { Ip } from '../net/ip.ts';
import type { Encapsulation, Packet } from '../net/packet.ts';
import type { ConntrackTable } from '../netfilter/conntrack.ts';
import { leaveByPort, switchFrame } from './bridge.ts';
import { runHook } from './hooks.ts';
import { addressTowards, type Device, isLocalAddress, type NetworkNamespace, type Route } from './network.ts';
import {
  type Departure,
  type Detail,
  newTransit,
  onward,
  stopped,
  type Transit,
  transmission,
  withEvents,
} from './transit.ts';

/** Outer source port of a tunnel: a hash of the inner flow; always this number here (A_SNAT_PORT). */
const TUNNEL_SOURCE_PORT = 51000;
const TUNNEL_TTL = 64;

/** A frame on its way into a namespace. */
export interface Arrival {
  readonly device: Device;
  readonly packet: Packet;
  /** Whose hardware address the frame carries as its destination. */
  readonly nextHop: Ip;
  readonly table: ConntrackTable;
  readonly detail?: Detail | undefined;
}

/** The address that a local process sends from: that of the device that the route leads to. */
export function sourceAddress(namespace: NetworkNamespace, destination: Ip): Ip | undefined {
  if (isLocalAddress(namespace, destination)) return destination;
  const route = namespace.routes.lookup(destination);
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (device === undefined) return undefined;
  const own = addressTowards(device, route?.via ?? destination);
  return own ?? [...namespace.local].find((ip) => ip.family === destination.family);
}

/** A local process sends: route, output, route again where NAT changed the destination, postrouting. */
export function send(
  namespace: NetworkNamespace,
  packet: Packet,
  table: ConntrackTable,
  detail?: Detail,
): readonly Departure[] {
  const first = outgoingDevice(namespace, packet.dst);
  const transit = newTransit(packet, table, detail);
  if (first === undefined) return [stopped(transit, { kind: 'no-route' })];
  return onward(runHook(namespace, transit, 'output', { out: first }), (sent) => sendRouted(namespace, sent));
}

function sendRouted(namespace: NetworkNamespace, transit: Transit): readonly Departure[] {
  const { dst } = transit.packet;
  if (isLocalAddress(namespace, dst)) {
    const loopback = namespace.devices.get('lo');
    if (loopback === undefined) return [stopped(transit, { kind: 'no-route' })];
    return postroute(namespace, transit, { device: loopback, nextHop: dst });
  }
  const route = namespace.routes.lookup(dst);
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (route === undefined || device === undefined) return [stopped(transit, { kind: 'no-route' })];
  const routed = namespace.forwards ? withEvents(transit, routeEvent(route, transit.packet)) : transit;
  return postroute(namespace, routed, { device, nextHop: route.via ?? dst });
}

/** A frame arrives on a device. */
export function receive(namespace: NetworkNamespace, arrival: Arrival): readonly Departure[] {
  const { device, packet } = arrival;
  const transit = withEvents(newTransit(packet, arrival.table, arrival.detail), {
    kind: 'receive',
    packet,
    device: device.name,
    mtu: device.mtu,
  });
  if (device.link.kind === 'veth' && device.link.bridge !== undefined) {
    return receiveOnBridgePort(namespace, transit, arrival);
  }
  if (packet.outer !== undefined) return receiveTunnelled(namespace, transit, device, packet.outer);
  return receiveIp(namespace, transit, device);
}

/** IP input: prerouting, then local delivery or forwarding. */
function receiveIp(namespace: NetworkNamespace, transit: Transit, device: Device): readonly Departure[] {
  return onward(runHook(namespace, transit, 'prerouting', { in: device.name }), (branch) =>
    routeInput(namespace, branch, device),
  );
}

/** The routing decision of a packet that came in, after prerouting. */
function routeInput(namespace: NetworkNamespace, transit: Transit, device: Device): readonly Departure[] {
  if (isLocalAddress(namespace, transit.packet.dst)) {
    return onward(runHook(namespace, transit, 'input', { in: device.name }), (branch) => [
      { transit: branch, exit: { kind: 'local', device: device.name } },
    ]);
  }
  if (!namespace.forwards) return [stopped(transit, { kind: 'not-for-us' })];
  return forward(namespace, transit, device);
}

function forward(namespace: NetworkNamespace, transit: Transit, from: Device): readonly Departure[] {
  const { packet } = transit;
  const route = namespace.routes.lookup(packet.dst);
  const device = route === undefined ? undefined : namespace.devices.get(route.device);
  if (route === undefined || device === undefined) return [stopped(transit, { kind: 'no-route' })];
  if (packet.ttl <= 1) return [stopped(transit, { kind: 'ttl-exceeded' })];
  const aged: Packet = { ...packet, ttl: packet.ttl - 1 };
  const routed = withEvents(transit, { ...routeEvent(route, aged), ttlBefore: packet.ttl });
  const passed = runHook(namespace, routed, 'forward', { in: from.name, out: device.name });
  return onward(passed, (branch) =>
    postroute(namespace, branch, { device, nextHop: route.via ?? packet.dst }),
  );
}

interface Way {
  readonly device: Device;
  readonly nextHop: Ip;
}

function postroute(namespace: NetworkNamespace, transit: Transit, way: Way): readonly Departure[] {
  return onward(runHook(namespace, transit, 'postrouting', { out: way.device.name }), (branch) =>
    transmit(namespace, branch, way),
  );
}

function transmit(namespace: NetworkNamespace, transit: Transit, way: Way): readonly Departure[] {
  const { device, nextHop } = way;
  const sent = withEvents(transit, transmission(device, transit));
  switch (device.link.kind) {
    case 'bridge':
      return [leaveByPort(namespace, sent, { bridge: device, nextHop })];
    case 'vxlan':
      return encapsulate(namespace, sent, way);
    case 'loopback':
    case 'uplink':
    case 'veth':
      return [{ transit: sent, exit: { kind: 'wire', device, nextHop } }];
  }
}

/** The tunnel device: neighbour, forwarding database, outer header; then the outer packet is sent. */
function encapsulate(
  namespace: NetworkNamespace,
  transit: Transit,
  { device, nextHop }: Way,
): readonly Departure[] {
  if (device.link.kind !== 'vxlan') return [];
  const remote = device.link.remotes.get(nextHop);
  if (remote === undefined) {
    return [stopped(transit, { kind: 'neighbor-unreachable', address: nextHop, device: device.name })];
  }
  const outer: Encapsulation = {
    kind: 'vxlan',
    src: device.link.local,
    srcPort: TUNNEL_SOURCE_PORT,
    dst: remote.address,
    dstPort: device.link.port,
    vni: device.link.vni,
    ttl: TUNNEL_TTL,
  };
  const inner = transit.packet;
  const packet: Packet = { ...inner, outer };
  const wrapped = withEvents(
    transit,
    {
      kind: 'neighbor',
      packet: inner,
      address: nextHop,
      device: device.name,
      owner: remote.node,
      remote: remote.address,
    },
    { kind: 'encapsulate', packet, outer, device: outgoingDevice(namespace, remote.address) ?? device.name },
  );
  return send(namespace, outerPacket(outer), transit.table).map((departure) =>
    carryInner(departure, wrapped, packet),
  );
}

/** The outer packet's own hooks count, but only its devices are worth a step. */
function carryInner(departure: Departure, wrapped: Transit, packet: Packet): Departure {
  const events = departure.transit.events
    .filter((event) => event.kind === 'transmit' || event.kind === 'receive')
    .map((event) => ({ ...event, packet }));
  return {
    transit: { ...withEvents(wrapped, ...events), table: departure.transit.table },
    exit: departure.exit,
  };
}

/** A tunnel packet arrives: prerouting and input see the outer header, then the inner packet is taken out. */
function receiveTunnelled(
  namespace: NetworkNamespace,
  transit: Transit,
  device: Device,
  outer: Encapsulation,
): readonly Departure[] {
  const tunnel = tunnelDevice(namespace, outer);
  const outside = newTransit(outerPacket(outer), transit.table);
  return receiveIp(namespace, outside, device).flatMap((departure): readonly Departure[] => {
    if (departure.exit.kind !== 'local' || tunnel === undefined) {
      return [{ transit, exit: departure.exit.kind === 'local' ? notForUs : departure.exit }];
    }
    const { outer: _, ...inner } = transit.packet;
    const taken = withEvents(
      { ...transit, table: departure.transit.table },
      { kind: 'decapsulate', packet: inner, outer, device: tunnel.name },
      { kind: 'receive', packet: inner, device: tunnel.name, mtu: tunnel.mtu },
    );
    return receiveIp(namespace, taken, tunnel);
  });
}

/** The tunnel end that a packet of this network is for. Tunnel devices stand before those of pods. */
function tunnelDevice(namespace: NetworkNamespace, { vni, dst, dstPort }: Encapsulation): Device | undefined {
  for (const device of namespace.devices.values()) {
    const { link } = device;
    if (link.kind !== 'vxlan' || link.local.family !== dst.family) continue;
    if (link.vni === vni && link.port === dstPort) return device;
  }
  return undefined;
}

const notForUs = { kind: 'stopped', stop: { kind: 'not-for-us' } } as const;

/** A frame on a bridge port: switched to another port, or handed up to the bridge's own IP. */
function receiveOnBridgePort(
  namespace: NetworkNamespace,
  transit: Transit,
  { device, nextHop }: Arrival,
): readonly Departure[] {
  return switchFrame(namespace, transit, { port: device, nextHop }).flatMap((result) => {
    if (result.kind === 'done') return [result.departure];
    return result.filtered
      ? routeInput(namespace, result.transit, result.bridge)
      : receiveIp(namespace, result.transit, result.bridge);
  });
}

function outgoingDevice(namespace: NetworkNamespace, destination: Ip): string | undefined {
  if (isLocalAddress(namespace, destination)) return 'lo';
  return namespace.routes.lookup(destination)?.device;
}

function routeEvent(route: Route, packet: Packet) {
  return {
    kind: 'route' as const,
    packet,
    prefix: route.prefix,
    ...(route.via === undefined ? {} : { via: route.via }),
    onlink: route.onlink ?? false,
    device: route.device,
    because: route.because ?? [],
  };
}

function outerPacket(outer: Encapsulation): Packet {
  return {
    protocol: 'udp',
    src: outer.src,
    srcPort: outer.srcPort,
    dst: outer.dst,
    dstPort: outer.dstPort,
    ttl: outer.ttl,
    mark: 0,
  };
}
