/**
 * What `tcpdump -tni any` prints on each node and in each pod for the first packet and its answer, in order, so that
 * a capture can be laid beside it. Numbers that differ from connection to connection are `…`.
 * Source of the spelling: the-tcpdump-group/tcpdump:print-sll.c, print-tcp.c, print-vxlan.c, print-otv.c, print-geneve.c.
 */

import type {
  HopAnswer,
  LegAnswer,
  PacketAnswer,
  PathAnswer,
  StepAnswer,
  TraceAnswer,
} from '../query/answer.ts';
import type { Renderer } from './renderer.ts';

/** IPv4 and TCP headers, IPv6 and TCP headers: what an MSS leaves out of an MTU (RFC 9293 3.7.1). */
const HEADERS = { 4: 40, 6: 60 } as const;

export const tcpdumpRenderer: Renderer<TraceAnswer> = {
  format: 'tcpdump',
  render: (answer) => `${answer.paths.flatMap((path) => pathLines(path, answer)).join('\n')}\n`,
};

function pathLines(path: PathAnswer, { paths }: TraceAnswer): readonly string[] {
  const heading =
    paths.length < 2 ? [] : [`# path of ${path.backends.join(', ') || 'nobody'}, ${path.weight}`];
  const end =
    path.disposition === 'accepted' || path.disposition === 'exits-cluster' ? [] : [`# ${path.disposition}`];
  return [...heading, ...path.legs.flatMap(legLines), ...end];
}

function legLines(leg: LegAnswer): readonly string[] {
  const lines = [`# ${leg.purpose}: the first packet`, ...hopsLines(leg.hops, '[S]')];
  if (leg.reply !== undefined) lines.push('# its answer', ...hopsLines(leg.reply.hops, '[S.]'));
  return [...lines, ...[...new Set([...leg.hops, ...(leg.reply?.hops ?? [])].flatMap(repeatNote))]];
}

function hopsLines(hops: readonly HopAnswer[], flags: string): readonly string[] {
  const mss = mssOf(hops);
  return hops.flatMap((hop) => {
    const lines = hop.steps.flatMap((step) => stepLines(step, { flags, mss }));
    return lines.length === 0 ? [] : [`# ${hop.place.name}: tcpdump -tni any`, ...lines];
  });
}

/** What a SYN announces: the MTU of the device that its sender sends by, without the headers. */
function mssOf(hops: readonly HopAnswer[]): number | undefined {
  const sent = hops[0]?.steps.find(({ kind }) => kind === 'transmit');
  const mtu = sent?.detail?.['mtu'];
  if (typeof mtu !== 'number' || sent?.packet === undefined) return undefined;
  return mtu - HEADERS[familyOf(sent.packet.dst)];
}

interface Segment {
  readonly flags: string;
  readonly mss: number | undefined;
}

function stepLines(step: StepAnswer, segment: Segment): readonly string[] {
  const { packet, where } = step;
  if (packet === undefined) return [];
  if (step.kind === 'neighbor' && step.detail?.['asks'] !== undefined) return arpLines(step);
  if (step.kind !== 'receive' && step.kind !== 'transmit') return [];
  const device = (where?.in ?? where?.out ?? '').padEnd(5);
  // A bridge port takes frames that are not for itself.
  const way = step.kind === 'transmit' ? 'Out' : step.detail?.['bridge'] === undefined ? 'In ' : 'P  ';
  return [`${device} ${way} ${packetText(packet, segment)}`];
}

/** Before the first packet to a next hop, unless it is known already. */
function arpLines({ packet, where, detail }: StepAnswer): readonly string[] {
  const [asker, asked] = [hostOf(packet?.src ?? ''), String(detail?.['asks'])];
  const device = (where?.out ?? '').padEnd(5);
  const answered = typeof detail?.['mac'] === 'string' ? detail['mac'] : '…';
  return familyOf(packet?.dst ?? '') === 4
    ? [
        `${device} Out ARP, Request who-has ${asked} tell ${asker}, length 28`,
        `${device} In  ARP, Reply ${asked} is-at ${answered}, length 28`,
      ]
    : [`${device} Out IP6 ${asker} > ff02::1:ff…: ICMP6, neighbor solicitation, who has ${asked}, length 32`];
}

function packetText(packet: PacketAnswer, segment: Segment): string {
  const inner = `${ip(packet.dst)} ${ends(packet.src, packet.dst)}: ${payload(packet, segment)}`;
  const { outer } = packet;
  if (outer === undefined) return inner;
  const carrier = `${ip(outer.dst)} ${ends(outer.src, outer.dst)}: `;
  switch (outer.kind) {
    case 'ipip':
      return carrier + inner;
    case 'vxlan':
      return `${carrier}${vxlan(outer)}\n${inner}`;
    case 'geneve':
      return `${carrier}Geneve, Flags [none], vni 0x${(outer.vni ?? 0).toString(16)}, proto TEB (0x6558): ${inner}`;
    default:
      return `${carrier}UDP, length …`;
  }
}

/** tcpdump takes port 8472, the kernel's old one for VXLAN, for OTV, whose header is alike. */
function vxlan({ dst, vni = 0 }: NonNullable<PacketAnswer['outer']>): string {
  return portOf(dst) === '8472'
    ? `OTV, flags [I] (0x08), overlay 0, instance ${vni}`
    : `VXLAN, flags [I] (0x08), vni ${vni}`;
}

function payload({ protocol }: PacketAnswer, { flags, mss }: Segment): string {
  if (protocol !== 'tcp') return `${protocol.toUpperCase()}, length …`;
  const ack = flags === '[S.]' ? ' ack …,' : '';
  return `Flags ${flags}, seq …,${ack} win …, options [${mss === undefined ? '' : `mss ${mss},`}…], length 0`;
}

/** Why a capture on one node shows one packet several times. */
function repeatNote({ place, steps }: HopAnswer): readonly string[] {
  if (place.kind !== 'node') return [];
  const seen = steps.filter(
    ({ kind, packet }) => (kind === 'receive' || kind === 'transmit') && packet !== undefined,
  );
  const inner = seen.filter(({ packet }) => packet?.outer === undefined);
  const outer = seen.find(({ packet }) => packet?.outer !== undefined);
  if (inner.length < 2) return [];
  const devices = inner.map(
    ({ kind, where }) => `${where?.in ?? where?.out} ${kind === 'receive' ? 'in' : 'out'}`,
  );
  const note = `# ${place.name} shows the packet ${inner.length} times, once a device: ${devices.join(', ')}.`;
  const carrier = outer?.packet?.outer;
  if (carrier === undefined) return [note];
  const device = outer?.where?.in ?? outer?.where?.out;
  return [
    note,
    `# A filter on the pods' addresses does not match the outer packet on ${device}: its addresses are those of the nodes, ${hostOf(carrier.src)} and ${hostOf(carrier.dst)}${portOf(carrier.dst) === undefined ? '' : `, UDP ${portOf(carrier.dst)}`}.`,
  ];
}

function ip(address: string): string {
  return familyOf(address) === 4 ? 'IP' : 'IP6';
}

/** tcpdump puts a dot before the port. */
function ends(src: string, dst: string): string {
  const end = (address: string) =>
    portOf(address) === undefined ? hostOf(address) : `${hostOf(address)}.${portOf(address)}`;
  return `${end(src)} > ${end(dst)}`;
}

function familyOf(address: string): 4 | 6 {
  return hostOf(address).includes(':') ? 6 : 4;
}

function hostOf(address: string): string {
  return (
    /^\[(.*)\](:\d+)?$/.exec(address)?.[1] ?? (isBareIpv6(address) ? address : address.replace(/:\d+$/, ''))
  );
}

function portOf(address: string): string | undefined {
  return isBareIpv6(address) ? undefined : /:(\d+)$/.exec(address)?.[1];
}

function isBareIpv6(address: string): boolean {
  return !address.startsWith('[') && address.split(':').length > 2;
}
