/**
 * Tunnel devices: the other end, the outer header, and the way back in.
 * Sources: Linux drivers/net/vxlan/vxlan_core.c, drivers/net/geneve.c, net/ipv4/ipip.c,
 * drivers/net/wireguard/device.c. Rule K11 of docs/semantics/datapath.md.
 */

import type { Ip } from '../net/ip.ts';
import {
  changePacket,
  type Encapsulation,
  type EncapsulationKind,
  newPacket,
  type Packet,
} from '../net/packet.ts';
import {
  type Device,
  lookupRoute,
  type NetworkNamespace,
  type TunnelEnd,
  type TunnelLink,
  type TunnelRemotes,
} from './network.ts';
import { changeTransit, type Departure, stopped, type Transit, withEvents } from './transit.ts';

/** Outer source port of a tunnel: a hash of the inner flow; always this number here (A_SNAT_PORT). */
const TUNNEL_SOURCE_PORT = 51000;
const TUNNEL_TTL = 64;

/** Kinds whose outer source port is a hash of the inner flow; WireGuard sends from the port that it listens on. */
const HASHES_PORT: Readonly<Record<EncapsulationKind, boolean>> = {
  vxlan: true,
  geneve: true,
  wireguard: false,
  ipip: false,
  udp: false,
};
/** flannel's udp backend: its proxy takes a TTL on either side (pkg/backend/udp/proxy_amd64.c). */
const COSTS_TTL = 'udp';

interface TunnelWay extends Pick<TunnelLink, 'remotes'> {
  readonly device: Device;
  readonly nextHop: Ip;
  /** The network of this packet, where the device has none of its own. */
  readonly network?: number | undefined;
}

/** The inner packet in its new header, and the header. */
export interface Wrapped {
  readonly transit: Transit;
  readonly outer: Encapsulation;
}

/** The tunnel device finds its other end and makes the outer header; who calls it sends the outer packet. */
export function encapsulate(
  namespace: NetworkNamespace,
  transit: Transit,
  { device, nextHop, remotes, network }: TunnelWay,
): Wrapped | Departure {
  const { link } = device;
  const remote = remoteEnd(remotes, { nextHop, inner: transit.packet.dst });
  if (link.kind !== 'tunnel' || remote === undefined) {
    const address = remotes.by === 'next-hop' ? nextHop : transit.packet.dst;
    return stopped(transit, { kind: 'neighbor-unreachable', address, device: device.name });
  }
  const inner = link.encapsulation === COSTS_TTL ? aged(transit.packet) : transit.packet;
  const outer = outerHeader(link, remote, { inner, vni: link.vni ?? network });
  const out = lookupRoute(namespace, { dst: remote.address, mark: 0 })?.device ?? device.name;
  const wrapped = withEvents(
    transit,
    {
      kind: 'neighbor',
      packet: inner,
      address: remotes.by === 'next-hop' ? nextHop : inner.dst,
      device: device.name,
      owner: remote.node,
      remote: remote.address,
    },
    {
      kind: 'encapsulate',
      packet: changePacket(inner, { outer }),
      outer,
      device: out,
      isNetworkInvented: link.vni === undefined ? link.perPacketNetwork : undefined,
    },
  );
  return { transit: wrapped, outer };
}

function aged(packet: Packet): Packet {
  return changePacket(packet, { ttl: packet.ttl - 1 });
}

function remoteEnd(
  remotes: TunnelRemotes,
  { nextHop, inner }: { readonly nextHop: Ip; readonly inner: Ip },
): TunnelEnd | undefined {
  return remotes.by === 'next-hop' ? remotes.ends.get(nextHop) : remotes.ends.lookup(inner);
}

function outerHeader(
  { encapsulation: kind, port, local: src }: TunnelLink,
  { address: dst }: TunnelEnd,
  { inner, vni }: { readonly inner: Packet; readonly vni: number | undefined },
): Encapsulation {
  const ports =
    port === undefined ? undefined : { src: HASHES_PORT[kind] ? TUNNEL_SOURCE_PORT : port, dst: port };
  return { kind, src, dst, ports, vni, ttl: kind === 'ipip' ? inner.ttl : TUNNEL_TTL };
}

/** The outer packet's own hooks count, but only its devices are worth a step. */
export function carryInner(departure: Departure, { transit, outer }: Wrapped): Departure {
  const packet = changePacket(transit.packet, { outer });
  const events = departure.transit.events
    .filter((event) => event.kind === 'transmit' || event.kind === 'receive')
    .map((event) => ({ ...event, packet }));
  const { exit, transit: outside } = departure;
  return { transit: changeTransit(withEvents(transit, ...events), { table: outside.table }), exit };
}

/** The tunnel device takes the inner packet out; undefined: no device here has this network. */
export function decapsulate(
  namespace: NetworkNamespace,
  transit: Transit,
  outer: Encapsulation,
): { readonly transit: Transit; readonly tunnel: Device } | undefined {
  const tunnel = tunnelDevice(namespace, outer);
  if (tunnel === undefined) return undefined;
  const carried = changePacket(transit.packet, { outer: undefined });
  const inner = outer.kind === COSTS_TTL ? aged(carried) : carried;
  const taken = withEvents(
    transit,
    { kind: 'decapsulate', packet: inner, outer, device: tunnel.name },
    { kind: 'receive', packet: inner, device: tunnel.name, mtu: tunnel.mtu },
  );
  return { transit: taken, tunnel };
}

/** The tunnel end that a packet of this network is for. Tunnel devices stand before those of pods. */
function tunnelDevice(
  namespace: NetworkNamespace,
  { kind, vni, dst, ports }: Encapsulation,
): Device | undefined {
  for (const device of namespace.devices.values()) {
    const { link } = device;
    if (link.kind !== 'tunnel' || link.encapsulation !== kind || link.local.family !== dst.family) continue;
    if ((link.perPacketNetwork || link.vni === vni) && link.port === ports?.dst) return device;
  }
  return undefined;
}

/** What the hooks of the node see of a tunnel's packet. */
export function outerPacket({ kind, src, dst, ports, ttl }: Encapsulation): Packet {
  const protocol = kind === 'ipip' ? 'ipip' : 'udp';
  return newPacket({ protocol, src, srcPort: ports?.src ?? 0, dst, dstPort: ports?.dst ?? 0 }, ttl);
}
