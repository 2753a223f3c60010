/**
 * One netfilter hook of a namespace: conntrack, then the tables in the kernel's order. The nat table is
 * walked only by a connection's first packet; all others are rewritten by their conntrack entry.
 * Source: Linux include/uapi/linux/netfilter_ipv4.h (priorities), net/netfilter/nf_nat_core.c.
 */

import { multiplyFractions } from '../net/fraction.ts';
import { type Ip, parseIp } from '../net/ip.ts';
import { changePacket, type Packet } from '../net/packet.ts';
import {
  type ConntrackEntry,
  findEntry,
  isTranslated,
  newEntry,
  translateByEntry,
  withDestination,
  withEntry,
  withSource,
} from '../netfilter/conntrack.ts';
import { evaluateStation, type NatAction, type Outcome } from '../netfilter/evaluate.ts';
import type { ConntrackState, Hook } from '../netfilter/ruleset.ts';
import { setKey } from '../netfilter/sets.ts';
import { IPVS_PRIORITY, letsAllPass, type Station, stationsAround } from '../netfilter/stations.ts';
import { type VirtualServers, virtualServerOf } from '../netfilter/virtual-servers.ts';
import type { FilterPoint, NetworkEvent } from './event.ts';
import {
  addressTowards,
  isLocalAddress,
  lookupRoute,
  type NetworkNamespace,
  primaryAddress,
} from './network.ts';
import { passGuard } from './policy-guard.ts';
import { changeTransit, type Departure, onward, stopped, type Transit, withEvents } from './transit.ts';
import { answer, schedule } from './virtual-servers.ts';

/** The port that a fully random source translation picks, in every answer (assumption A_SNAT_PORT). */
const RANDOM_SNAT_PORT = 61000;

/** Devices that a hook sees. */
export interface HookDevices {
  readonly in?: string | undefined;
  readonly out?: string | undefined;
  /** The bridge port that a bridged frame came in by. */
  readonly port?: string | undefined;
}

/**
 * Runs every base chain of a hook.
 * @returns the branches that go on, and those that a rule stopped.
 */
export function runHook(
  namespace: NetworkNamespace,
  transit: Transit,
  hook: Hook,
  devices: HookDevices,
): readonly (Transit | Departure)[] {
  const isJudged = judgedAt(hook) && !(hook === 'input' && isForVirtualServer(namespace, transit));
  const guarded = isJudged ? passGuard(namespace, transit, { at: hook, ...devices }) : transit;
  if ('exit' in guarded) return [guarded];
  return runStations(namespace, guarded, hook, devices);
}

/** Engines that are chains of the packet filter stand before its own rules, and before source NAT. */
function judgedAt(hook: Hook): hook is 'forward' | 'postrouting' | 'input' {
  return hook === 'forward' || hook === 'postrouting' || hook === 'input';
}

/** Virtual servers take it before an engine sees it; where it is sent on, the engine does (felix/rules/static.go, KubeIPVSSupportEnabled). */
function isForVirtualServer({ ruleset }: NetworkNamespace, { packet, tracked }: Transit): boolean {
  if (tracked?.direction === 'reply') return false;
  return virtualServerOf(ruleset?.(packet.dst.family).virtualServers, packet) !== undefined;
}

function runStations(
  namespace: NetworkNamespace,
  transit: Transit,
  hook: Hook,
  devices: HookDevices,
): readonly (Transit | Departure)[] {
  if (namespace.ruleset === undefined) return [transit];
  const ruleset = namespace.ruleset(transit.packet.dst.family);
  const { early, later } = stationsAround(ruleset, hook);
  const run: Running = (branches, stations) => {
    let passed = branches;
    for (const station of stations) passed = passStation(namespace, passed, { station, hook, devices });
    return passed;
  };
  const tracks = hook === 'prerouting' || hook === 'output';
  const before = run([transit], early);
  const tracked = tracks ? before.map((branch) => ('exit' in branch ? branch : track(branch))) : before;
  const { virtualServers } = ruleset;
  const passed =
    virtualServers === undefined
      ? run(tracked, later)
      : withVirtualServers(virtualServers, { hook, branches: tracked, ofHook: later }, run);
  // The entry is shown as the nat chains left it.
  return tracks ? passed.map((branch) => ('exit' in branch ? branch : withTrackEvent(branch))) : passed;
}

/** Passes branches through base chains, one after the other. */
type Running = (branches: Branches, stations: readonly Station[]) => Branches;

/** Virtual servers come between the base chains; what they send on is routed anew, behind this hook. */
function withVirtualServers(
  table: VirtualServers,
  {
    hook,
    branches,
    ofHook,
  }: { readonly hook: Hook; readonly branches: Branches; readonly ofHook: readonly Station[] },
  runAll: Running,
): Branches {
  if (hook !== 'input' && hook !== 'output') {
    return runAll(branches, ofHook).map((branch) => ('exit' in branch ? branch : answer(branch, hook)));
  }
  const before = ofHook.filter(({ priority }) => priority < IPVS_PRIORITY[hook]);
  const behind = ofHook.filter(({ priority }) => priority >= IPVS_PRIORITY[hook]);
  return runAll(branches, before)
    .flatMap((branch) => ('exit' in branch ? [branch] : schedule(table, answer(branch, hook), hook)))
    .flatMap((branch) => ('exit' in branch || branch.scheduled ? [branch] : runAll([branch], behind)));
}

type Branches = readonly (Transit | Departure)[];

function passStation(namespace: NetworkNamespace, branches: Branches, point: StationPoint): Branches {
  // A connection that is known is translated by its entry at every nat chain, also at an empty one.
  if (!point.station.isNat && letsAllPass(point.station)) return branches;
  return onward(branches, (branch) => runStation(namespace, branch, point));
}

/** Finds or makes the packet's conntrack entry. */
function track(transit: Transit): Transit {
  // A packet that virtual servers send on keeps its connection.
  if (transit.tracked !== undefined || transit.untracked) return transit;
  const known = findEntry(transit.table, transit.packet);
  const entry = known?.entry ?? newEntry(transit.packet);
  const direction = known?.direction ?? 'original';
  return changeTransit(transit, {
    tracked: { entry, direction, isNew: known === undefined },
    table: known === undefined ? withEntry(transit.table, entry) : transit.table,
  });
}

function withTrackEvent(transit: Transit): Transit {
  if (transit.tracked === undefined) return transit;
  const { entry, direction } = transit.tracked;
  return withEvents(transit, { kind: 'track', packet: transit.packet, entry, direction });
}

interface StationPoint {
  readonly station: Station;
  readonly hook: Hook;
  readonly devices: HookDevices;
}

function runStation(
  namespace: NetworkNamespace,
  transit: Transit,
  point: StationPoint,
): readonly (Transit | Departure)[] {
  const { tracked } = transit;
  // No connection, no translation (nf_nat_inet_fn: IP_CT_UNTRACKED).
  if (point.station.isNat && transit.untracked) return [transit];
  if (point.station.isNat && tracked !== undefined) {
    if (!tracked.isNew) return [translateKnown(transit, point.hook)];
    // The first nat chain with an answer is the only one (Linux net/netfilter/nf_nat_core.c nf_nat_inet_fn).
    if (isTranslated(tracked.entry, translatedSide(point.hook))) return [transit];
  }
  const outcomes = evaluateStation(point.station, {
    packet: transit.packet,
    inDevice: point.devices.in,
    outDevice: point.devices.out,
    bridgePort: point.devices.port,
    virtualServer: virtualServerSeen(transit),
    states: conntrackStates(transit),
    connectionMark: tracked?.entry.mark,
    owner: transit.owner,
    isSentHere: transit.isSentHere,
    keepTried: transit.detail === 'rules',
    isLocal: (ip) => isLocalAddress(namespace, ip),
    isAddressOf: (device, ip) =>
      namespace.devices.get(device)?.addresses.some((address) => address.ip === ip) ?? false,
  });
  return outcomes.map((outcome) => applyOutcome(namespace, transit, outcome, point));
}

function applyOutcome(
  namespace: NetworkNamespace,
  transit: Transit,
  outcome: Outcome,
  at: StationPoint,
): Transit | Departure {
  const { verdict, mark, nat, trail, tried = [] } = outcome;
  const packet = mark === transit.packet.mark ? transit.packet : changePacket(transit.packet, { mark });
  const share = multiplyFractions(transit.share, outcome.share);
  const { connectionMark, untracked } = outcome;
  const branch = changeTransit(withConnectionMark(transit, connectionMark), { share, packet, untracked });
  if (nat === undefined && verdict === 'accept' && trail.length === 0 && tried.length === 0) return branch;
  const point = pointOf(outcome, at);
  if (nat !== undefined) return translateNew(namespace, branch, { action: nat, point });
  const matched = withEvents(branch, { kind: 'match', packet, point, verdict });
  return verdict === 'accept' ? matched : stopped(matched, { kind: verdict, point });
}

function pointOf(outcome: Outcome, { hook, station, devices }: StationPoint): FilterPoint {
  return {
    hook,
    table: station.table.name,
    syntax: station.table.syntax,
    type: station.isNat ? 'nat' : 'filter',
    chains: outcome.chains,
    trail: outcome.trail,
    decidedBy: outcome.decidedBy,
    tried: outcome.tried,
    in: devices.in,
    out: devices.out,
  };
}

/** The entry with the mark that a rule gave it. */
function withConnectionMark(transit: Transit, mark: number | undefined): Transit {
  if (mark === undefined || transit.tracked === undefined) return transit;
  return withTracked(transit, { ...transit.tracked.entry, mark });
}

/** NAT of a connection's first packet: the entry learns it, the packet is rewritten. */
function translateNew(
  namespace: NetworkNamespace,
  transit: Transit,
  { action, point }: { readonly action: NatAction; readonly point: FilterPoint },
): Transit {
  const before = transit.packet;
  const after = rewrite(namespace, before, action, point);
  if (transit.tracked === undefined || after === undefined) return transit;
  const isToServer = action.kind === 'dnat' || action.kind === 'redirect';
  const entry = isToServer
    ? withDestination(transit.tracked.entry, after.dst, after.dstPort)
    : withSource(transit.tracked.entry, after.src, after.srcPort);
  const event: NetworkEvent = {
    kind: 'translate',
    packet: after,
    nat: action.kind,
    side: isToServer ? 'dst' : 'src',
    before,
    hook: point.hook,
    program: undefined,
    point,
  };
  return withTracked(withEvents(transit, event), entry);
}

/** The connection's entry takes the place of what it was. */
function withTracked(transit: Transit, entry: ConntrackEntry): Transit {
  if (transit.tracked === undefined) return transit;
  const { direction, isNew } = transit.tracked;
  return changeTransit(transit, {
    tracked: { entry, direction, isNew },
    table: withEntry(transit.table, entry),
  });
}

function rewrite(
  namespace: NetworkNamespace,
  packet: Packet,
  action: NatAction,
  { in: inDevice, out }: Pick<FilterPoint, 'in' | 'out'>,
): Packet | undefined {
  if (action.kind === 'dnat') return changePacket(packet, { dst: action.ip, dstPort: action.port });
  if (action.kind === 'redirect') {
    const own = redirectAddress(namespace, packet, inDevice);
    return own === undefined ? undefined : changePacket(packet, { dst: own, dstPort: action.port });
  }
  const srcPort = action.randomFully ? RANDOM_SNAT_PORT : packet.srcPort;
  const src = action.kind === 'snat' ? action.ip : masqueradeAddress(namespace, packet, out);
  return src === undefined ? undefined : changePacket(packet, { src, srcPort });
}

/** Loopback for what is sent here, else the device's (Linux net/netfilter/nf_nat_redirect.c). */
function redirectAddress(
  namespace: NetworkNamespace,
  { dst: { family } }: Packet,
  inDevice: string | undefined,
): Ip | undefined {
  if (inDevice === undefined) return parseIp(family === 4 ? '127.0.0.1' : '::1');
  const device = namespace.devices.get(inDevice);
  return device === undefined ? undefined : primaryAddress(device, family);
}

/**
 * The address that masquerade takes: the one of the device that the packet leaves by, on the next hop's
 * subnet if it has one there; if it has none at all, the first one of another device
 * (Linux net/netfilter/nf_nat_masquerade.c, inet_select_addr).
 */
function masqueradeAddress(
  namespace: NetworkNamespace,
  packet: Packet,
  out: string | undefined,
): Ip | undefined {
  const { family } = packet.dst;
  const device = out === undefined ? undefined : namespace.devices.get(out);
  const nextHop = lookupRoute(namespace, packet)?.via ?? packet.dst;
  const own = device === undefined ? undefined : addressTowards(device, nextHop);
  if (own !== undefined) return own;
  for (const other of namespace.devices.values()) {
    if (other.link.kind === 'loopback') continue;
    const address = primaryAddress(other, family);
    if (address !== undefined) return address;
  }
  return undefined;
}

/** Every packet but the first one of a connection: rewritten as its entry says, by no rule. */
function translateKnown(transit: Transit, hook: Hook): Transit {
  if (transit.tracked === undefined) return transit;
  const { entry, direction } = transit.tracked;
  const after = translateByEntry(transit.packet, entry, { direction, hook });
  if (after === transit.packet) return transit;
  const side = after.src === transit.packet.src && after.srcPort === transit.packet.srcPort ? 'dst' : 'src';
  return withEvents(transit, {
    kind: 'translate',
    packet: after,
    nat: direction === 'reply' ? 'reverse' : side === 'dst' ? 'dnat' : 'snat',
    side,
    before: transit.packet,
    hook,
    program: undefined,
    point: undefined,
  });
}

function virtualServerSeen({ tracked }: Transit): string | undefined {
  if (tracked?.entry.balanced !== true) return undefined;
  const { dst, protocol, dstPort } = tracked.entry.original;
  return setKey(dst, protocol, dstPort);
}

/** Prerouting and output translate the destination, input and postrouting the source. */
function translatedSide(hook: Hook): 'src' | 'dst' {
  return hook === 'prerouting' || hook === 'output' ? 'dst' : 'src';
}

function conntrackStates({ tracked }: Transit): readonly ConntrackState[] {
  if (tracked === undefined) return [];
  // New until an answer was seen, also when the packet passes a second time (through lo).
  const states: ConntrackState[] = [tracked.direction === 'original' ? 'NEW' : 'ESTABLISHED'];
  if (isTranslated(tracked.entry, 'dst')) states.push('DNAT');
  if (isTranslated(tracked.entry, 'src')) states.push('SNAT');
  return states;
}
