/**
 * Antrea's flows in Open vSwitch, as far as addresses and ports are concerned: one bridge a node, on which pods, the
 * gateway antrea-gw0 and the tunnel are ports. Events name the table that acted.
 * Source: antrea-io/antrea:docs/design/ovs-pipeline.md, pkg/agent/openflow/pipeline.go.
 */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import { onceFor } from '../../collections/once.ts';
import type { ServicePort } from '../../control/service-port.ts';
import { type Fraction, ONE } from '../../net/fraction.ts';
import type { Ip } from '../../net/ip.ts';
import { changePacket, type Packet, reverseTuple } from '../../net/packet.ts';
import { prefixTable } from '../../net/prefix-table.ts';
import { type ConntrackEntry, newEntry, tuplesEqual } from '../../netfilter/conntrack.ts';
import { programEntry, type Rewrite, type Rewritten, rewriteNew, rewriteReply } from '../bpf/nat.ts';
import { type Frontend, frontendLookup } from '../bpf/services.ts';
import type { NetworkEvent, ProgramPoint } from '../event.ts';
import type { Program, ProgramInput, ProgramResult, Programs, ProgramVerdict } from '../program.ts';

export const BRIDGE = 'br-int';
/** The bridge's port to the node itself. */
export const GATEWAY = 'antrea-gw0';

export interface AntreaInput {
  readonly cluster: Cluster;
  readonly node: Node;
  readonly servicePorts: readonly ServicePort[];
  /** Ports of the node's pods. */
  readonly hostDevices: ReadonlyMap<Pod, string>;
  /** The tunnel's device, where there is one. */
  readonly tunnel?: string;
  /** Does what goes to that node's pods leave by the tunnel? Else by the gateway, as the node routes. */
  isTunnelled(other: Node, ip: Ip): boolean;
  /** The gateway's address on this node. */
  gatewayOf(ip: Ip): Ip | undefined;
}

type PortKind = 'pod' | 'gateway' | 'tunnel';

interface Port {
  readonly kind: PortKind;
  readonly device: string;
}

/** What the flows of a node share. */
interface Context extends AntreaInput {
  readonly local: ReadonlyMap<Ip, string>;
  readonly lookup: ReturnType<typeof frontendLookup>;
}

/** The flows of a node, at each port of its bridge. */
export function antreaPrograms(input: AntreaInput): Programs {
  const { hostDevices, servicePorts, node, tunnel } = input;
  const local = new Map(
    [...hostDevices].flatMap(([pod, device]) => pod.ips.map((ip) => [ip, device] as const)),
  );
  const context: Context = { ...input, local, lookup: frontendLookup(servicePorts, node) };
  const ingress = new Map<string, Program>();
  for (const device of hostDevices.values()) ingress.set(device, pipeline(context, { kind: 'pod', device }));
  if (tunnel !== undefined) ingress.set(tunnel, pipeline(context, { kind: 'tunnel', device: tunnel }));
  const fromGateway = pipeline(context, { kind: 'gateway', device: GATEWAY });
  return { ingress, egress: new Map(), behind: new Map([[GATEWAY, fromGateway]]) };
}

/** A packet between two tables. */
interface State extends Rewritten {
  readonly port: Port;
  readonly share: Fraction;
  /** Its hardware addresses are rewritten: it is routed, not switched (RewriteMACRegMark). */
  readonly isRouted: boolean;
  /** An answer of a connection that began at the gateway (FromGatewayCTMark). */
  readonly answersGateway: boolean;
}

function pipeline(context: Context, port: Port): Program {
  return (input) => {
    const answer = answerOf(input, port);
    if (answer !== undefined) return [forward(context, answer)];
    const { packet } = input;
    const fresh: State = {
      ...input,
      events: [],
      port,
      share: ONE,
      isRouted: port.kind === 'tunnel',
      answersGateway: false,
    };
    // Without proxyAll only pods' own connections to cluster addresses are load-balanced here.
    const frontend = port.kind === 'pod' ? clusterIpOf(context, packet) : undefined;
    if (frontend === undefined) return [forward(context, committed(context, fresh))];
    if (frontend.backends.length === 0) return [noEndpoint(fresh, frontend)];
    const share = { numerator: 1, denominator: frontend.backends.length };
    return frontend.backends.map((backend) => {
      const turned = rewriteNew(packet, input.table, {
        dst: backend,
        ...hairpinSource(context, packet, backend.ip),
        point: at('EndpointDNAT', port),
      });
      return forward(context, { ...fresh, ...turned, share, isRouted: true });
    });
  };
}

/** Tables UnSNAT and ConntrackZone. */
function answerOf(input: ProgramInput, port: Port): State | undefined {
  const entry = programEntry(input.packet, input.table);
  const answer = rewriteReply(input.packet, input.table, at('ConntrackZone', port));
  if (entry === undefined || answer === undefined) return undefined;
  return {
    ...answer,
    port,
    share: ONE,
    isRouted: port.kind === 'tunnel' || isTranslated(entry),
    answersGateway: entry.handedOverBy !== undefined,
  };
}

function isTranslated({ original, reply }: ConntrackEntry): boolean {
  return !tuplesEqual(reply, reverseTuple(original));
}

function clusterIpOf({ lookup }: Context, packet: Packet): Frontend | undefined {
  const frontend = lookup({ packet, nodeAddresses: new Set(), scope: 'internal' });
  return frontend?.kind === 'cluster-ip' ? frontend : undefined;
}

/** Tables SNATMark and SNAT: a pod that is its own endpoint sees the gateway as the client. */
function hairpinSource({ gatewayOf }: Context, { src, srcPort }: Packet, endpoint: Ip): Pick<Rewrite, 'src'> {
  const gateway = src === endpoint ? gatewayOf(src) : undefined;
  return gateway === undefined ? {} : { src: { ip: gateway, port: srcPort } };
}

/** Table ConntrackCommit: what began at the gateway goes back there, whoever it is from. */
function committed({ gatewayOf }: Context, state: State): State {
  const { port, packet } = state;
  const gateway = port.kind === 'gateway' ? gatewayOf(packet.dst) : undefined;
  if (gateway === undefined) return state;
  const entry: ConntrackEntry = { ...newEntry(packet), owner: 'program', handedOverBy: gateway };
  return { ...state, table: [...state.table, entry] };
}

/** Table L3Forwarding, in the order of its flows. */
function forward(context: Context, state: State): ProgramResult {
  const { dst } = state.packet;
  if (state.answersGateway || context.gatewayOf(dst) === dst) return aged(state, toGateway);
  const device = context.local.get(dst);
  if (device !== undefined) {
    const toPod = (sent: State) => out(sent, device, 'the pod');
    return state.isRouted ? aged(state, toPod) : toPod(state);
  }
  const owner = rangesOf(context.cluster).lookup(dst);
  if (owner === context.node) return nobody(state);
  if (owner === undefined) return outside(state);
  const { tunnel } = context;
  const isTunnelled = tunnel !== undefined && context.isTunnelled(owner, dst);
  return aged(state, isTunnelled ? (sent) => out(sent, tunnel, `the tunnel to ${owner.name}`) : toGateway);
}

/** Whose pods have an address. */
const rangesOf = onceFor(({ nodes }: Cluster) =>
  prefixTable(nodes.flatMap((node) => node.podCidrs.map((range) => [range, node] as const))),
);

/** Table L3DecTTL: of what the node forwards it has taken one already. */
function aged(state: State, send: (state: State) => ProgramResult): ProgramResult {
  if (state.port.kind === 'gateway') return send(state);
  const { ttl } = state.packet;
  if (ttl <= 1) return stop(state, 'L3DecTTL', { action: 'drop', text: 'the TTL is used up' });
  return send({ ...state, packet: changePacket(state.packet, { ttl: ttl - 1 }) });
}

/** Table EgressMark: what comes from another node and is for no pod is let go no further, but for Egress objects. */
function outside(state: State): ProgramResult {
  if (state.port.kind !== 'tunnel') return toGateway(state);
  const text = `${state.packet.dst.text} is the address of no pod of this node`;
  return stop(state, 'EgressMark', { action: 'drop', text });
}

/** Nobody answers for an address of the node's range that no pod has. */
function nobody(state: State): ProgramResult {
  return stop(state, 'ARPResponder', {
    action: 'drop',
    disposition: 'neighbor-unreachable',
    text: `no pod of the node has ${state.packet.dst.text}`,
  });
}

function toGateway(state: State): ProgramResult {
  return { ...told(state, `to ${GATEWAY}, the node itself`), action: { kind: 'receive', device: GATEWAY } };
}

function out(state: State, device: string, whom: string): ProgramResult {
  const { dst } = state.packet;
  const action = { kind: 'redirect', device, nextHop: dst, network: NETWORK } as const;
  return { ...told(state, `to ${whom} by ${device}`), action };
}

/** Tunnels of a bridge of flows carry no number of a network. */
const NETWORK = 0;

function told({ port, share, packet, table, events }: State, text: string): Omit<ProgramResult, 'action'> {
  const event: NetworkEvent = {
    kind: 'program',
    packet,
    point: at('L3Forwarding', port),
    text: `L3Forwarding: ${text}, TTL ${packet.ttl}`,
    because: [],
  };
  return { share, packet, table, events: [...events, event] };
}

function stop(
  { share, packet, table, events }: State,
  program: string,
  verdict: Omit<ProgramVerdict, 'program'>,
): ProgramResult {
  return { share, packet, table, events, action: { kind: 'stop', verdict: { ...verdict, program } } };
}

/** Table EndpointDNAT, flow 1: the agent answers with a TCP RST, or that the port is unreachable. */
function noEndpoint(state: State, { port, onlyLocal }: Frontend): ProgramResult {
  return stop(state, 'EndpointDNAT', {
    action: 'reject',
    disposition: onlyLocal ? 'no-local-endpoint' : 'no-endpoints',
    text: onlyLocal ? `${port.key} has no endpoint on this node` : `${port.key} has no endpoints`,
  });
}

function at(table: string, { device }: Port): ProgramPoint {
  return { at: 'switch', device, name: table };
}
