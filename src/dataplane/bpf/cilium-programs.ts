/**
 * Cilium's programs on a node and at its sockets (cilium/cilium: bpf/bpf_lxc.c, bpf_overlay.c, bpf_host.c, bpf_sock.c,
 * lib/nodeport.h): what each does with a packet, as far as addresses and devices are concerned. Delivery to a pod takes
 * a TTL (lib/l3.h ipv4_l3); entering a tunnel takes none.
 */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { cidrContains } from '../../net/cidr.ts';
import { type Fraction, ONE } from '../../net/fraction.ts';
import { type Ip, isLoopback, parseIp } from '../../net/ip.ts';
import { changePacket, type Packet, reverseTuple } from '../../net/packet.ts';
import { type ConntrackTable, newEntry } from '../../netfilter/conntrack.ts';
import type { NetworkEvent, ProgramPoint } from '../event.ts';
import type { Program, ProgramInput, ProgramResult, Programs, ProgramVerdict } from '../program.ts';
import { type Rewrite, type Rewritten, rewriteNew, rewriteReply } from './nat.ts';
import { type Frontend, frontendLookup } from './services.ts';

/** How a cluster runs Cilium. */
export interface CiliumSettings {
  /** The overlay's device; undefined: native routing. */
  readonly tunnel?: string;
  readonly kubeProxyReplacement: boolean;
  /** Do sockets of pods translate Service addresses? (Else only those of nodes do.) */
  readonly socketLbInPods: boolean;
  /** Does BPF route, past the node's packet filter? */
  readonly bpfHostRouting: boolean;
  readonly bpfMasquerade: boolean;
  /** Where the backend of a node port is on another node: take its place as the client, or let it answer directly. */
  loadBalancerMode(protocol: string): 'snat' | 'dsr';
  /** Destinations that keep the pod's address. */
  keepsSource(ip: Ip): boolean;
  routerAddress(node: Node, family: 4 | 6): Ip | undefined;
}

export interface CiliumInput {
  readonly settings: CiliumSettings;
  readonly cluster: Cluster;
  readonly node: Node;
  readonly servicePorts: readonly ServicePort[];
  /** Host devices of the node's pods. */
  readonly hostDevices: ReadonlyMap<Pod, string>;
  /** The number that the overlay carries for an address. */
  identityOf(ip: Ip): number;
}

/** What the programs of a node share. */
interface Context extends CiliumInput {
  /** By address: the device to each pod of the node. */
  readonly local: ReadonlyMap<Ip, string>;
  readonly own: ReadonlySet<Ip>;
  readonly nodeAddresses: ReadonlySet<Ip>;
  readonly lookup: ReturnType<typeof frontendLookup>;
}

const UPLINK = 'eth0';
const ROUTER = 'cilium_host';

/** The programs of a node. */
export function ciliumNodePrograms(input: CiliumInput): Programs {
  const context = contextOf(input);
  const { settings, hostDevices } = input;
  const ingress = new Map<string, Program>();
  for (const device of hostDevices.values()) ingress.set(device, fromContainer(context, device));
  if (settings.tunnel !== undefined) ingress.set(settings.tunnel, fromOverlay(context, settings.tunnel));
  ingress.set(UPLINK, fromNetdev(context));
  const egress = new Map<string, Program>([[ROUTER, fromHost(context)]]);
  if (settings.bpfMasquerade || settings.kubeProxyReplacement) egress.set(UPLINK, toNetdev(context));
  return {
    ingress,
    egress,
    ...(settings.kubeProxyReplacement ? { connect: connectProgram(context) } : {}),
  };
}

/** The program at the sockets of a pod; undefined: sockets there are left alone. */
export function ciliumPodPrograms(input: CiliumInput): Programs | undefined {
  const { kubeProxyReplacement, socketLbInPods } = input.settings;
  if (!kubeProxyReplacement || !socketLbInPods) return undefined;
  return { ingress: new Map(), egress: new Map(), connect: connectProgram(contextOf(input)) };
}

function contextOf(input: CiliumInput): Context {
  const { cluster, node, settings, hostDevices, servicePorts } = input;
  const local = new Map(
    [...hostDevices].flatMap(([pod, device]) => pod.ips.map((ip) => [ip, device] as const)),
  );
  const routers = ([4, 6] as const).flatMap((family) => settings.routerAddress(node, family) ?? []);
  return {
    ...input,
    local,
    own: new Set([...node.addresses, ...routers]),
    nodeAddresses: new Set(cluster.nodes.flatMap(({ addresses }) => addresses)),
    lookup: frontendLookup(servicePorts, node),
  };
}

/** bpf_sock.c: connect() to a Service address is turned to a backend; there is no packet to the Service. */
function connectProgram(context: Context): Program {
  const point: ProgramPoint = { at: 'connect', name: 'cil_sock4_connect' };
  return ({ packet, table }) => {
    const nodeAddresses = isLoopback(packet.dst)
      ? new Set([...context.nodeAddresses, packet.dst])
      : context.nodeAddresses;
    const frontend = context.lookup({ packet, nodeAddresses, scope: 'internal' });
    if (frontend === undefined) return [passed({ packet, table })];
    if (frontend.backends.length === 0) return [noBackend({ packet, table }, frontend, 'cil_sock4_connect')];
    return spread(frontend.backends).map(({ backend, share }) => {
      const turned = rewriteNew(packet, [], { dst: backend, point });
      // The socket itself is connected to the backend: its answers need no rewrite.
      return { share, packet: turned.packet, table, events: turned.events, action: { kind: 'pass' } };
    });
  };
}

/** bpf_lxc.c cil_from_container. */
function fromContainer(context: Context, device: string): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device, name: 'cil_from_container' };
  return (input) => {
    const answer = rewriteReply(input.packet, input.table, point);
    if (answer !== undefined) return [onward(context, { ...answer, share: ONE }, point)];
    const frontend = perPacketFrontend(context, input.packet);
    if (frontend === undefined) return [onward(context, { ...input, events: [], share: ONE }, point)];
    if (frontend.backends.length === 0) return [noBackend(input, frontend, 'cil_from_container')];
    return spread(frontend.backends).map(({ backend, share }) => {
      const rewrite: Rewrite = { dst: backend, ...loopbackSource(input.packet, backend), point };
      return onward(context, { ...rewriteNew(input.packet, input.table, rewrite), share }, point);
    });
  };
}

/** lib/lb.h: a pod that is its own backend must not see its own address as the client's. */
const loopbackClient = parseIp('169.254.42.1');

function loopbackSource({ src, srcPort }: Packet, backend: Endpoint): Pick<Rewrite, 'src'> {
  if (src !== backend.ip || loopbackClient === undefined) return {};
  return { src: { ip: loopbackClient, port: srcPort } };
}

/** Service addresses that are still on the wire: without socket translation, or of a Service that it leaves alone. */
function perPacketFrontend(context: Context, packet: Packet): Frontend | undefined {
  const { kubeProxyReplacement, socketLbInPods } = context.settings;
  if (kubeProxyReplacement && socketLbInPods) return undefined;
  const frontend = context.lookup({ packet, nodeAddresses: context.nodeAddresses, scope: 'internal' });
  // Without the replacement kube-proxy takes what comes to node ports and external addresses.
  return frontend?.kind === 'cluster-ip' || kubeProxyReplacement ? frontend : undefined;
}

/** bpf_overlay.c cil_from_overlay: to a pod here, an answer to a node port, else to the node itself. */
function fromOverlay(context: Context, device: string): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device, name: 'cil_from_overlay' };
  return (input) => {
    const answer = rewriteReply(input.packet, input.table, point);
    if (answer !== undefined) return [onward(context, { ...answer, share: ONE }, point)];
    return [toLocalPod(context, { ...input, events: [], share: ONE }, point) ?? passed(input)];
  };
}

/** bpf_host.c cil_from_netdev: node ports, answers, and with BPF host routing what is for a pod here. */
function fromNetdev(context: Context): Program {
  const point: ProgramPoint = { at: 'tc-ingress', device: UPLINK, name: 'cil_from_netdev' };
  return (input) => {
    const answer = rewriteReply(input.packet, input.table, point);
    if (answer !== undefined) return [onward(context, { ...answer, share: ONE }, point)];
    const frontend = context.settings.kubeProxyReplacement
      ? context.lookup({ packet: input.packet, nodeAddresses: context.own, scope: 'external' })
      : undefined;
    if (frontend !== undefined && frontend.kind !== 'cluster-ip') {
      return throughNodePort(context, input, { frontend, point });
    }
    const direct = context.settings.bpfHostRouting
      ? toLocalPod(context, { ...input, events: [], share: ONE }, point)
      : undefined;
    return [direct ?? passed(input)];
  };
}

function throughNodePort(
  context: Context,
  input: ProgramInput,
  { frontend, point }: { readonly frontend: Frontend; readonly point: ProgramPoint },
): readonly ProgramResult[] {
  if (frontend.backends.length === 0) return [noBackend(input, frontend, point.name)];
  return spread(frontend.backends).map(({ backend, share }) => {
    const isHere = context.local.has(backend.ip) || context.own.has(backend.ip);
    const { packet, table } = input;
    if (!isHere && context.settings.loadBalancerMode(packet.protocol) === 'dsr') {
      const asked = { ip: packet.dst, port: packet.dstPort };
      const direct = rewriteNew(changePacket(packet, { askedFor: asked }), [], { dst: backend, point });
      return onward(context, { ...direct, table, share, sender: packet.src }, point);
    }
    const source = isHere ? undefined : nodePortSource(context, packet);
    const rewrite: Rewrite = { dst: backend, ...(source === undefined ? {} : { src: source }), point };
    return onward(context, { ...rewriteNew(packet, table, rewrite), share, sender: packet.src }, point);
  });
}

/** lib/nodeport.h: the router's address into the tunnel, the node's own without one; the client's port is kept. */
function nodePortSource({ settings, node }: Context, packet: Packet): Rewrite['src'] | undefined {
  const { family } = packet.dst;
  const ip =
    settings.tunnel === undefined
      ? node.primaryAddresses.find((own) => own.family === family)
      : settings.routerAddress(node, family);
  return ip === undefined ? undefined : { ip, port: packet.srcPort };
}

/**
 * bpf_host.c cil_from_host, at the egress of cilium_host: what the node's routes send to pods. An answer of the node
 * itself to a pod's connection to a Service gets its address back at the pod (bpf_lxc.c ipv4_policy, lb4_rev_nat).
 */
function fromHost(context: Context): Program {
  const point: ProgramPoint = { at: 'tc-egress', device: ROUTER, name: 'cil_from_host' };
  const policy: ProgramPoint = { ...point, name: 'cil_lxc_policy' };
  return (input) => {
    const isLocal = context.local.has(input.packet.dst);
    const answer = isLocal ? rewriteReply(input.packet, input.table, policy) : undefined;
    const state = { ...(answer ?? { ...input, events: [] }), share: ONE };
    const sent = toLocalPod(context, state, point) ?? intoTunnel(context, state, point);
    if (sent !== undefined) return [sent];
    const { dst } = input.packet;
    if (!ownsAddress(context.node, dst)) return [passed(input)];
    return [stop(state, { action: 'drop', program: point.name, text: `no pod of the node has ${dst.text}` })];
  };
}

/**
 * bpf_host.c cil_to_netdev: what the node itself answers at a node port gets its address back (lib/nodeport.h
 * nodeport_rev_dnat_fwd_ipv4), and pods take the node's address on the way out of the cluster.
 */
function toNetdev(context: Context): Program {
  const point: ProgramPoint = { at: 'tc-egress', device: UPLINK, name: 'cil_to_netdev' };
  return (input) => {
    const { packet, table } = input;
    const answer = packet.outer === undefined ? rewriteReply(packet, table, point) : undefined;
    if (answer !== undefined) return [{ ...answer, share: ONE, action: { kind: 'pass' } }];
    if (!context.settings.bpfMasquerade) return [passed(input)];
    const source = context.node.primaryAddresses.find(({ family }) => family === packet.src.family);
    const isKept =
      packet.outer !== undefined ||
      !context.local.has(packet.src) ||
      context.settings.keepsSource(packet.dst);
    if (isKept || source === undefined || context.nodeAddresses.has(packet.dst)) return [passed(input)];
    const translated = rewriteNew(packet, table, { src: { ip: source, port: packet.srcPort }, point });
    return [{ ...translated, share: ONE, action: { kind: 'pass' } }];
  };
}

interface State extends Rewritten {
  readonly share: Fraction;
  /** Whose identity the overlay carries; default: the source's. */
  readonly sender?: Ip;
}

/**
 * From a pod, or to one: a pod of this node, the tunnel, or the node's own routing. What has the node's address by now goes
 * past its packet filter (lib/nodeport.h rev_nodeport_lb4, tail_nodeport_nat_egress_ipv4: fib_redirect).
 */
function onward(context: Context, state: State, point: ProgramPoint): ProgramResult {
  const sent = toLocalPod(context, state, point) ?? intoTunnel(context, state, point);
  if (sent !== undefined) return sent;
  const isNodes = state.events.length > 0 && context.own.has(state.packet.src);
  return { ...state, action: isNodes ? { kind: 'forward', ttl: 'taken' } : { kind: 'pass' } };
}

function toLocalPod(context: Context, state: State, point: ProgramPoint): ProgramResult | undefined {
  const device = context.local.get(state.packet.dst);
  if (device === undefined) return undefined;
  const { ttl } = state.packet;
  if (ttl <= 1) return stop(state, { action: 'drop', program: point.name, text: 'the TTL is used up' });
  const { askedFor } = state.packet;
  const packet = changePacket(state.packet, { askedFor: undefined, ttl: ttl - 1 });
  const kind = context.settings.bpfHostRouting ? 'redirect-peer' : 'redirect';
  const nextHop = packet.dst;
  const event = told(packet, point, `${point.name}: to the pod by ${device}, TTL ${ttl - 1}`);
  return {
    ...state,
    packet,
    table: askedFor === undefined ? state.table : withDirectAnswer(state.table, packet, askedFor),
    events: [...state.events, event],
    action: kind === 'redirect' ? { kind, device, nextHop } : { kind, device },
  };
}

/** DSR: the backend's node answers in the name of the address that the client asked. */
function withDirectAnswer(
  table: ConntrackTable,
  packet: Packet,
  asked: { readonly ip: Ip; readonly port: number },
): ConntrackTable {
  const original = { ...newEntry(packet).original, dst: asked.ip, dstPort: asked.port };
  return [...table, { original, reply: reverseTuple(packet), owner: 'program' }];
}

function intoTunnel(context: Context, state: State, point: ProgramPoint): ProgramResult | undefined {
  const { tunnel } = context.settings;
  const { packet } = state;
  if (tunnel === undefined || !isRemotePod(context, packet.dst)) return undefined;
  const event = told(packet, point, `${point.name}: to the node of the pod by ${tunnel}`);
  return {
    ...state,
    events: [...state.events, event],
    action: {
      kind: 'redirect',
      device: tunnel,
      nextHop: packet.dst,
      network: identityIn(context, state.sender ?? packet.src),
    },
  };
}

/** lib/encap.h: what the node itself sends is from a remote node for whoever receives it. */
const REMOTE_NODE = 6;

function identityIn({ own, identityOf }: Context, ip: Ip): number {
  return own.has(ip) ? REMOTE_NODE : identityOf(ip);
}

/** An address of another node's part of the pod network (ipcache: with a tunnel endpoint). */
function isRemotePod({ cluster, node }: Context, ip: Ip): boolean {
  const pod = cluster.podByIp.get(ip);
  if (pod?.node !== undefined) return pod.node !== node.name;
  return cluster.nodes.some((other) => other.name !== node.name && ownsAddress(other, ip));
}

function ownsAddress({ podCidrs }: Node, ip: Ip): boolean {
  return podCidrs.some((cidr) => cidrContains(cidr, ip));
}

function told(packet: Packet, point: ProgramPoint, text: string): NetworkEvent {
  return { kind: 'program', packet, point, text, because: [] };
}

function passed({
  packet,
  table,
}: {
  readonly packet: Packet;
  readonly table: ConntrackTable;
}): ProgramResult {
  return { share: ONE, packet, table, events: [], action: { kind: 'pass' } };
}

function stop(state: State, verdict: ProgramVerdict): ProgramResult {
  return { ...state, action: { kind: 'stop', verdict } };
}

/**
 * No backend. At a socket connect() fails at once (bpf_sock.c: EHOSTUNREACH); on the wire the client is answered
 * (service-no-backend-response reject), unless there are backends elsewhere that a Local policy leaves out.
 */
function noBackend(input: ProgramInput, { port, onlyLocal }: Frontend, program: string): ProgramResult {
  const isSocket = program === 'cil_sock4_connect';
  const disposition = onlyLocal ? 'no-local-endpoint' : 'no-endpoints';
  return stop(
    { ...input, events: [], share: ONE },
    {
      action: onlyLocal && !isSocket ? 'drop' : 'reject',
      program,
      disposition,
      text: onlyLocal ? `${port.key} has no endpoint on this node` : `${port.key} has no endpoints`,
      ...(isSocket ? { symptom: 'host-unreachable' } : {}),
    },
  );
}

/** Each backend is as likely as the others (loadBalancer.algorithm random). */
function spread(
  backends: readonly Endpoint[],
): readonly { readonly backend: Endpoint; readonly share: Fraction }[] {
  const share = { numerator: 1, denominator: backends.length };
  return backends.map((backend) => ({ backend, share }));
}
