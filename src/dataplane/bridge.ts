/**
 * The virtual bridge: frames between its ports, and br_netfilter, which lets bridged frames pass the
 * packet filter. Rules K8, K9 and K12 of docs/semantics/datapath.md.
 * Source: Linux net/bridge/br_netfilter_hooks.c (br_nf_pre_routing_finish and bridged DNAT).
 */

import { flatMapOne } from '../collections/mostly-one.ts';
import type { Ip } from '../net/ip.ts';
import { runHook } from './hooks.ts';
import { type Device, isLocalAddress, lookupRoute, type NetworkNamespace } from './network.ts';
import {
  changeTransit,
  type Departure,
  onward,
  stopped,
  type Transit,
  transmission,
  withEvents,
} from './transit.ts';

/** Either the frame is dealt with, or it goes up to the bridge's own IP layer. */
export type SwitchResult =
  | { readonly kind: 'done'; readonly departure: Departure }
  | {
      readonly kind: 'up';
      readonly transit: Transit;
      readonly bridge: Device;
      /** Has prerouting been run on the bridged frame already? */
      readonly filtered: boolean;
    };

interface Frame {
  readonly port: Device;
  /** Whose hardware address the frame is sent to. */
  readonly nextHop: Ip;
}

/** A frame arrives on a bridge port. */
export function switchFrame(
  namespace: NetworkNamespace,
  transit: Transit,
  frame: Frame,
): readonly SwitchResult[] {
  const bridge = bridgeOf(namespace, frame.port);
  if (bridge === undefined) return [{ kind: 'done', departure: stopped(transit, { kind: 'not-for-us' }) }];
  const toBridge = isLocalAddress(namespace, frame.nextHop);
  if (!namespace.bridgeNetfilter) {
    if (toBridge) return [handUp(transit, bridge, false)];
    return [{ kind: 'done', departure: leaveByPort(namespace, transit, { bridge, ...frame }) }];
  }
  const filtered = runHook(namespace, transit, 'prerouting', { in: bridge.name, port: frame.port.name });
  return flatMapOne(filtered, (branch) => {
    if ('exit' in branch) return [{ kind: 'done' as const, departure: branch }];
    const nextHop = nextHopAfterNat(namespace, { before: transit, after: branch, bridge, frame });
    if (nextHop === undefined) return [handUp(branch, bridge, true)];
    // What the device shows has no mark; the frame that postrouting sees has.
    const resent = nextHop.resolved
      ? branch
      : changeTransit(withEvents(branch, transmission(bridge, branch)), { packet: branch.packet });
    return bridgeFiltered(namespace, resent, { bridge, port: frame.port, nextHop: nextHop.ip });
  });
}

interface DnatQuestion {
  readonly before: Transit;
  readonly after: Transit;
  readonly bridge: Device;
  readonly frame: Frame;
}

/**
 * Where a filtered frame goes: undefined means up to the bridge. A frame whose destination NAT changed is
 * routed; if the route leads back to this bridge it is switched to the new destination with its TTL as it
 * was, else it is handed up. The new neighbour's address must be resolved first (the frame is then seen
 * once more on the bridge device), unless it is the sender itself, whom the node has just heard.
 */
function nextHopAfterNat(
  namespace: NetworkNamespace,
  { before, after, bridge, frame }: DnatQuestion,
): { readonly ip: Ip; readonly resolved: boolean } | undefined {
  const { dst } = after.packet;
  if (dst === before.packet.dst) {
    return isLocalAddress(namespace, frame.nextHop) ? undefined : { ip: frame.nextHop, resolved: true };
  }
  const route = isLocalAddress(namespace, dst) ? undefined : lookupRoute(namespace, after.packet);
  if (route?.device !== bridge.name) return undefined;
  const ip = route.via ?? dst;
  return { ip, resolved: portOf(namespace, bridge, ip) === frame.port };
}

/** Forward and postrouting of a bridged frame: both devices are the bridge, the TTL stays. */
function bridgeFiltered(
  namespace: NetworkNamespace,
  transit: Transit,
  way: { readonly bridge: Device; readonly port: Device; readonly nextHop: Ip },
): readonly SwitchResult[] {
  const { name } = way.bridge;
  const forwarded = runHook(namespace, transit, 'forward', { in: name, out: name });
  const passed = onward(forwarded, (branch) => runHook(namespace, branch, 'postrouting', { out: name }));
  return passed.map((branch) => ({
    kind: 'done',
    departure: 'exit' in branch ? branch : leaveByPort(namespace, branch, way),
  }));
}

/** A frame leaves by the port behind which the next hop lives; `port` is the one that it came from. */
export function leaveByPort(
  namespace: NetworkNamespace,
  transit: Transit,
  way: { readonly bridge: Device; readonly port?: Device; readonly nextHop: Ip },
): Departure {
  const out = portOf(namespace, way.bridge, way.nextHop);
  if (out === undefined) {
    return stopped(transit, { kind: 'neighbor-unreachable', address: way.nextHop, device: way.bridge.name });
  }
  if (out === way.port && out.link.kind === 'veth' && !out.link.hairpin) {
    return stopped(transit, { kind: 'hairpin-off', bridge: way.bridge.name, port: out.name });
  }
  const switched = withEvents(
    transit,
    { kind: 'bridge', packet: transit.packet, bridge: way.bridge.name, to: out.name },
    transmission(out, transit),
  );
  return { transit: switched, exit: { kind: 'wire', device: out, nextHop: way.nextHop } };
}

function handUp(transit: Transit, bridge: Device, filtered: boolean): SwitchResult {
  const up = withEvents(transit, {
    kind: 'receive',
    packet: transit.packet,
    device: bridge.name,
    mtu: bridge.mtu,
  });
  return { kind: 'up', transit: up, bridge, filtered };
}

function bridgeOf(namespace: NetworkNamespace, port: Device): Device | undefined {
  if (port.link.kind !== 'veth' || port.link.bridge === undefined) return undefined;
  return namespace.devices.get(port.link.bridge);
}

function portOf(namespace: NetworkNamespace, bridge: Device, neighbor: Ip): Device | undefined {
  const known = forwarding.get(namespace.devices) ?? learnPorts(namespace);
  forwarding.set(namespace.devices, known);
  return known.get(bridge.name)?.get(neighbor);
}

/** Of each bridge, the port behind which a neighbour lives. */
type PortTable = ReadonlyMap<string, ReadonlyMap<Ip, Device>>;

/** By the devices: a namespace with other policies has the same. */
const forwarding = new WeakMap<NetworkNamespace['devices'], PortTable>();

/** Of two ports with the same neighbour the first one counts. */
function learnPorts(namespace: NetworkNamespace): PortTable {
  const table = new Map<string, Map<Ip, Device>>();
  for (const device of namespace.devices.values()) {
    if (device.link.kind !== 'veth' || device.link.bridge === undefined) continue;
    const ports = table.get(device.link.bridge) ?? new Map<Ip, Device>();
    table.set(device.link.bridge, ports);
    for (const ip of device.link.neighbors) if (!ports.has(ip)) ports.set(ip, device);
  }
  return table;
}
