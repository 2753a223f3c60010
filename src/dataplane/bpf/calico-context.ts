/** What Calico's programs of a node know of the cluster, and the ends that they have in common. */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import { type Fraction, ONE } from '../../net/fraction.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import type { Packet } from '../../net/packet.ts';
import { underlayAddress } from '../cni.ts';
import type { ProgramPoint } from '../event.ts';
import type { ProgramAction, ProgramInput, ProgramResult } from '../program.ts';
import { type CalicoFrontend, type CalicoLookup, calicoLookup } from './calico-services.ts';

/** How a cluster runs it. */
export interface CalicoBpfSettings {
  /** Do sockets of this protocol turn to a backend at connect()? (BPFConnectTimeLoadBalancing) */
  turnsSockets(protocol: string): boolean;
  /** Backends of node ports on other nodes: back by the first node, or straight to the client (BPFExternalServiceMode). */
  readonly externalServices: 'tunnel' | 'dsr';
  /** Service addresses that are left alone (BPFExcludeCIDRsFromNAT). */
  readonly excluded: readonly Cidr[];
  /** All pools, and those whose pods are masqueraded towards what is in none of them. */
  readonly pools: readonly Cidr[];
  readonly masqueraded: readonly Cidr[];
  /** UDP port of VXLAN, also of that between nodes for node ports. */
  readonly vxlanPort: number;
  /** Tunnel devices of the overlay. */
  readonly tunnels: readonly string[];
  /** The address of a node's tunnel device where its packets to the other node's pods go through it. */
  tunnelSource(node: Node, other: Node, family: IpFamily): Ip | undefined;
}

export interface CalicoBpfInput {
  readonly settings: CalicoBpfSettings;
  readonly cluster: Cluster;
  readonly node: Node;
  readonly servicePorts: readonly ServicePort[];
  /** Host devices of the node's pods; empty in a pod. */
  readonly hostDevices: ReadonlyMap<Pod, string>;
}

export interface CalicoContext extends CalicoBpfInput {
  /** Addresses of pods of the node. */
  readonly local: ReadonlySet<Ip>;
  /** Addresses of the node, the primary ones first. */
  readonly own: ReadonlySet<Ip>;
  /** Of all nodes. */
  readonly nodeAddresses: ReadonlySet<Ip>;
  readonly lookup: CalicoLookup;
  isHere(ip: Ip): boolean;
  /** A pod or a node. */
  isOfCluster(ip: Ip): boolean;
  /** The address of the node that a backend is on; undefined: on none that is known. */
  nodeAddressOf(ip: Ip): Ip | undefined;
  /** The address of this node's tunnel where a pod is behind it. */
  tunnelSourceTo(ip: Ip): Ip | undefined;
}

export interface Backend {
  readonly backend: Endpoint;
  readonly share: Fraction;
}

/** What the programs of a node share. */
export function contextOf(input: CalicoBpfInput): CalicoContext {
  const { cluster, node, settings, hostDevices, servicePorts } = input;
  const local = new Set([...hostDevices.keys()].flatMap(({ ips }) => ips));
  const own = new Set([...node.primaryAddresses, ...node.addresses]);
  const nodeOf = (ip: Ip): Node | undefined =>
    cluster.nodeByIp.get(ip) ?? cluster.nodeByName.get(cluster.podByIp.get(ip)?.node ?? '');
  return {
    ...input,
    local,
    own,
    nodeAddresses: new Set(cluster.nodes.flatMap(({ addresses }) => addresses)),
    lookup: calicoLookup({ servicePorts, node, excluded: settings.excluded }),
    isHere: (ip) => local.has(ip) || own.has(ip),
    isOfCluster: (ip) => cluster.nodeByIp.has(ip) || isIn(settings.pools, ip),
    nodeAddressOf: (ip) => {
      const other = nodeOf(ip);
      return other === undefined ? undefined : underlayAddress(other, ip.family);
    },
    tunnelSourceTo: (ip) => {
      const other = cluster.podByIp.has(ip) ? nodeOf(ip) : undefined;
      return other === undefined || other === node
        ? undefined
        : settings.tunnelSource(node, other, ip.family);
    },
  };
}

/** Is the sender in a pool that is masqueraded, and the destination in none? */
export function isOutsidePools({ settings }: CalicoContext, { src, dst }: Packet): boolean {
  return isIn(settings.masqueraded, src) && !isIn(settings.pools, dst);
}

function isIn(ranges: readonly Cidr[], ip: Ip): boolean {
  return ranges.some((range) => cidrContains(range, ip));
}

type State = Pick<ProgramResult, 'packet' | 'table' | 'events'>;

/** On by the node's routes, past the packet filter; what is for the node itself goes through it. */
export function forwarded(
  { own }: CalicoContext,
  { packet, table, events }: State,
  ttl: Extract<ProgramAction, { readonly kind: 'forward' }>['ttl'],
): ProgramResult {
  const action: ProgramAction = own.has(packet.dst) ? { kind: 'pass' } : { kind: 'forward', ttl };
  return { packet, table, events, share: ONE, action };
}

export function passed({ packet, table }: ProgramInput): ProgramResult {
  return { share: ONE, packet, table, events: [], action: { kind: 'pass' } };
}

/** Where the frontend leads nowhere: the client is in none of its ranges, or it has no backend; else undefined. */
export function ends(
  input: ProgramInput,
  frontend: CalicoFrontend,
  point: ProgramPoint,
): readonly ProgramResult[] | undefined {
  const { sourceRanges, port, backends } = frontend;
  if (sourceRanges.length > 0 && !isIn(sourceRanges, input.packet.src)) {
    const text = `${input.packet.src.text} is in none of the source ranges of ${port.key}`;
    return [
      { ...passed(input), action: { kind: 'stop', verdict: { action: 'drop', program: point.name, text } } },
    ];
  }
  return backends.length === 0 ? [noBackend(input, frontend, point)] : undefined;
}

/**
 * No backend: connect() fails with EPERM (connect.h: any answer but 1), and a packet is answered with "port
 * unreachable" (tc.c NAT_NO_BACKEND), also where a Local policy leaves out the backends of other nodes.
 */
export function noBackend(
  input: ProgramInput,
  { port, onlyLocal }: CalicoFrontend,
  point: ProgramPoint,
): ProgramResult {
  return {
    ...passed(input),
    action: {
      kind: 'stop',
      verdict: {
        action: 'reject',
        program: point.name,
        disposition: onlyLocal ? 'no-local-endpoint' : 'no-endpoints',
        text: onlyLocal ? `${port.key} has no endpoint on this node` : `${port.key} has no endpoints`,
        symptom: point.at === 'connect' ? 'not-permitted' : 'refused',
      },
    },
  };
}

/** Backends at addresses that no route of the programs knows (tc.c CALI_REASON_RT_UNKNOWN). @param count of them. */
export function refused(
  input: ProgramInput,
  count: number,
  { of, point }: { readonly of: number; readonly point: ProgramPoint },
): readonly ProgramResult[] {
  if (count === 0) return [];
  const text = 'the backend is on no node of the cluster';
  return [
    {
      ...passed(input),
      share: { numerator: count, denominator: of },
      action: { kind: 'stop', verdict: { action: 'drop', program: point.name, text } },
    },
  ];
}
