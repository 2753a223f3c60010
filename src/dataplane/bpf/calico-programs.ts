/**
 * Calico's eBPF dataplane: what Felix's programs at sockets and devices do with a packet, as far as addresses and
 * devices are concerned. Sources: projectcalico/calico:felix/bpf-gpl/tc.c, connect.h, nat4.h, fib_co_re.h,
 * felix/design/bpf-services.md, bpf-host-networking.md. A first packet is routed by bpf_fib_lookup, past the packet
 * filter; what must be masqueraded or is for the node itself goes on through it.
 */

import type { Endpoint } from '../../control/service-port.ts';
import { ONE } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import { changePacket, type Encapsulation, type Packet } from '../../net/packet.ts';
import type { ProgramPoint } from '../event.ts';
import type { Program, ProgramInput, ProgramResult, Programs } from '../program.ts';
import { UPLINK } from '../underlay.ts';
import {
  type Backend,
  type CalicoBpfInput,
  type CalicoContext,
  contextOf,
  ends,
  forwarded,
  isOutsidePools,
  noBackend,
  passed,
  refused,
} from './calico-context.ts';
import type { CalicoFrontend } from './calico-services.ts';
import { programEntry, rewriteNew, rewriteReply } from './nat.ts';

/** The pair by which a node's own packets to Services come to a program (felix/dataplane/linux/dataplanedefs). */
export const SERVICE_PAIR = { in: 'bpfin.cali', out: 'bpfout.cali' } as const;
/** CALI_VXLAN_VNI (felix/bpf-gpl/nat.h). */
const NODE_PORT_NETWORK = 0xca11c0;
/** CALI_SKB_MARK_MASQ (felix/bpf-gpl/bpf.h). */
export const LOOP_MARK = 0x03600000;

/** The programs of a node. */
export function calicoNodePrograms(input: CalicoBpfInput): Programs {
  const context = contextOf(input);
  const { settings, hostDevices } = input;
  const ingress = new Map<string, Program>();
  const egress = new Map<string, Program>();
  for (const device of hostDevices.values()) {
    ingress.set(device, fromWorkload(context, device));
    egress.set(device, toWorkload(device));
  }
  for (const device of [UPLINK, ...settings.tunnels]) ingress.set(device, fromHost(context, device));
  ingress.set(SERVICE_PAIR.out, fromServicePair(context));
  for (const device of [UPLINK, 'lo']) egress.set(device, toHost(context, device));
  return {
    ingress,
    egress,
    connect: connectProgram(context),
    unwraps: {
      device: UPLINK,
      takes: ({ kind, vni }) => kind === 'vxlan' && vni === NODE_PORT_NETWORK,
      program: fromNodePortTunnel(context),
    },
  };
}

/** The program at the sockets of a pod. */
export function calicoPodPrograms(input: CalicoBpfInput): Programs {
  return { ingress: new Map(), egress: new Map(), connect: connectProgram(contextOf(input)) };
}

/** connect.h do_nat_common: the source is not known yet, so entries for some sources alone are left to the devices. */
function connectProgram(context: CalicoContext): Program {
  const point: ProgramPoint = { at: 'connect', name: 'calico_connect_v4' };
  return (input) => {
    const { packet, table } = input;
    if (!context.settings.turnsSockets(packet.protocol)) return [passed(input)];
    const frontend = context.lookup({ packet, asker: 'cluster', nodeAddresses: context.nodeAddresses });
    if (frontend === undefined || frontend.sourceRanges.length > 0) return [passed(input)];
    if (frontend.backends.length === 0) return [noBackend(input, frontend, point)];
    return spread(frontend.backends).map(({ backend, share }) => {
      const turned = rewriteNew(packet, [], { dst: backend, point });
      return { ...turned, table, share, action: { kind: 'pass' } };
    });
  };
}

/** tc ingress of a pod's host device: what pods send. */
function fromWorkload(context: CalicoContext, device: string): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device, name: 'calico_tc_main' };
  return (input) => {
    const answer = answerOfWorkload(context, input, point);
    if (answer !== undefined) return [answer];
    const frontend = context.lookup({
      packet: input.packet,
      asker: 'cluster',
      nodeAddresses: context.nodeAddresses,
    });
    if (frontend === undefined) return [sentByWorkload(context, remembered(input, point))];
    return ends(input, frontend, point) ?? translated(context, input, { frontend, point });
  };
}

function translated(
  context: CalicoContext,
  input: ProgramInput,
  { frontend, point }: { readonly frontend: CalicoFrontend; readonly point: ProgramPoint },
): readonly ProgramResult[] {
  return spread(frontend.backends).map(({ backend, share }) => ({
    ...sentByWorkload(context, rewriteNew(input.packet, input.table, { dst: backend, point })),
    share,
  }));
}

/** A connection that is not translated is known, too: its answers are no new ones. */
function remembered({ packet, table }: ProgramInput, point: ProgramPoint): ReturnType<typeof rewriteNew> {
  return rewriteNew(packet, table, { point });
}

/** tc.c: masqueraded packets and those of a pod to itself need the packet filter, all others are forwarded. */
function sentByWorkload(
  context: CalicoContext,
  state: Pick<ProgramResult, 'packet' | 'table' | 'events'>,
): ProgramResult {
  const { packet } = state;
  if (packet.src === packet.dst) {
    const looped = changePacket(packet, { mark: LOOP_MARK });
    return { ...state, packet: looped, share: ONE, action: { kind: 'pass' } };
  }
  const keeps = !isOutsidePools(context, packet) || context.own.has(packet.dst);
  return keeps
    ? forwarded(context, state, 'free-into-tunnels')
    : { ...state, share: ONE, action: { kind: 'pass' } };
}

/** Of a connection that the node knows: un-translated, and back to the node that handed it over. */
function answerOfWorkload(
  context: CalicoContext,
  input: ProgramInput,
  point: ProgramPoint,
): ProgramResult | undefined {
  const entry = programEntry(input.packet, input.table);
  if (entry === undefined) return undefined;
  const isDirect = entry.handedOverBy !== undefined && context.settings.externalServices === 'dsr';
  // SNAT will be done after routing, when leaving (tc.c, CALI_CT_ESTABLISHED_SNAT).
  if (isDirect) return forwarded(context, { ...input, events: [] }, 'taken');
  const answer = rewriteReply(input.packet, input.table, point);
  if (answer === undefined) return undefined;
  return entry.handedOverBy === undefined
    ? forwarded(context, answer, 'free-into-tunnels')
    : wrapped(context, answer, entry.handedOverBy);
}

/** tc egress of a pod's host device: answers that the packet filter has seen. */
function toWorkload(device: string): Program {
  const point: ProgramPoint = { at: 'tc-egress', device, name: 'calico_tc_main' };
  return (input) => {
    const answer = rewriteReply(input.packet, input.table, point);
    return [answer === undefined ? passed(input) : { ...answer, share: ONE, action: { kind: 'pass' } }];
  };
}

/** tc ingress of the uplink and of tunnels. */
function fromHost(context: CalicoContext, device: string): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device, name: 'calico_tc_main' };
  return (input) => {
    const { packet, table } = input;
    const answer = rewriteReply(packet, table, point);
    if (answer !== undefined) return [forwarded(context, answer, 'taken')];
    const asker = context.isOfCluster(packet.src) ? 'cluster' : 'outside';
    const frontend = context.lookup({ packet, asker, nodeAddresses: context.own });
    if (frontend === undefined) {
      const isHere = context.local.has(packet.dst);
      return [isHere ? forwarded(context, remembered(input, point), 'taken') : passed(input)];
    }
    return ends(input, frontend, point) ?? throughNodePort(context, input, { frontend, point });
  };
}

/** A backend here gets the client's packet; those of another node are chosen there, from what this node hands over. */
function throughNodePort(
  context: CalicoContext,
  input: ProgramInput,
  { frontend, point }: { readonly frontend: CalicoFrontend; readonly point: ProgramPoint },
): readonly ProgramResult[] {
  const { backends } = frontend;
  const here = backends.filter(({ ip }) => context.isHere(ip));
  const away = new Map<Ip, number>();
  for (const { ip } of backends) {
    const node = context.nodeAddressOf(ip);
    if (node !== undefined && !context.isHere(ip)) away.set(node, (away.get(node) ?? 0) + 1);
  }
  const share = (count: number) => ({ numerator: count, denominator: backends.length });
  return [
    ...here.map((backend) => {
      const rewritten = rewriteNew(input.packet, input.table, { dst: backend, point });
      return { ...forwarded(context, rewritten, 'taken'), share: share(1) };
    }),
    ...[...away].map(([node, count]) => ({
      ...wrapped(context, remembered(input, point), node),
      share: share(count),
    })),
    ...refused(input, backends.length - here.length - [...away.values()].reduce((sum, n) => sum + n, 0), {
      of: backends.length,
      point,
    }),
  ];
}

/** What another node hands over, and the answers that come back to this one. */
function fromNodePortTunnel(context: CalicoContext): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device: UPLINK, name: 'calico_tc_main' };
  return (input) => {
    const { packet, table, outer } = input;
    const answer = rewriteReply(packet, table, point);
    if (answer !== undefined) return [forwarded(context, answer, 'taken')];
    const frontend = context.lookup({ packet, asker: 'node', nodeAddresses: context.nodeAddresses });
    if (frontend === undefined) return [passed(input)];
    if (frontend.backends.length === 0) return [noBackend(input, frontend, point)];
    return spread(frontend.backends).map(({ backend, share }) => {
      const handedOver = outer === undefined ? {} : { handedOverBy: outer.src };
      const rewritten = rewriteNew(packet, table, { dst: backend, point, ...handedOver });
      return { ...forwarded(context, rewritten, 'taken'), share };
    });
  };
}

/** tc ingress of bpfout.cali: the node's own packets to Services that no socket has turned. */
function fromServicePair(context: CalicoContext): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device: SERVICE_PAIR.out, name: 'calico_tc_main' };
  return (input) => ownToService(context, input, point) ?? [passed(input)];
}

/** tc egress of the uplink and of lo: direct answers of node ports, and the node's own packets to Services. */
function toHost(context: CalicoContext, device: string): Program {
  const point: ProgramPoint = { at: 'tc-egress', device, name: 'calico_tc_main' };
  return (input) => {
    const { packet, table } = input;
    if (packet.outer !== undefined) return [passed(input)];
    // What the node itself answers has passed no other program (tc.c, CALI_CT_ESTABLISHED_SNAT).
    const answer = rewriteReply(packet, table, point);
    if (answer !== undefined) return [{ ...answer, share: ONE, action: { kind: 'pass' } }];
    if (!context.own.has(packet.src)) return [passed(input)];
    return ownToService(context, input, point) ?? [passed(input)];
  };
}

/** To a pod of the overlay the node goes by its tunnel's address (tc.c calico_tc_skb_new_flow_entrypoint). */
function ownToService(
  context: CalicoContext,
  input: ProgramInput,
  point: ProgramPoint,
): readonly ProgramResult[] | undefined {
  const { packet, table } = input;
  if (context.settings.turnsSockets(packet.protocol)) return undefined;
  const frontend = context.lookup({ packet, asker: 'cluster', nodeAddresses: context.nodeAddresses });
  if (frontend === undefined) return undefined;
  const ended = ends(input, frontend, point);
  if (ended !== undefined) return ended;
  return spread(frontend.backends).map(({ backend, share }) => {
    const ip = context.tunnelSourceTo(backend.ip);
    const source = ip === undefined ? {} : { src: { ip, port: packet.srcPort } };
    const rewritten = rewriteNew(packet, table, { dst: backend, ...source, point });
    return { ...forwarded(context, rewritten, 'taken'), share };
  });
}

/** nat4.h vxlan_encap: the outer header has the TTL of the packet, which loses one. */
function wrapped(
  { own, settings }: CalicoContext,
  state: Pick<ProgramResult, 'packet' | 'table' | 'events'>,
  node: Ip,
): ProgramResult {
  const { ttl } = state.packet;
  const src = [...own].find(({ family }) => family === node.family) ?? node;
  const ports = { src: TUNNEL_SOURCE_PORT, dst: settings.vxlanPort };
  const outer: Encapsulation = { kind: 'vxlan', src, dst: node, ports, vni: NODE_PORT_NETWORK, ttl };
  const packet: Packet = changePacket(state.packet, { ttl: ttl - 1 });
  return { ...state, packet, share: ONE, action: { kind: 'encapsulate', outer } };
}

/** A hash of the ports inside; always this number here (A_SNAT_PORT). */
const TUNNEL_SOURCE_PORT = 51000;

/** Each backend is as likely as the others. */
function spread(backends: readonly Endpoint[]): readonly Backend[] {
  const share = { numerator: 1, denominator: backends.length };
  return backends.map((backend) => ({ backend, share }));
}
