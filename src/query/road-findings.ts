/** What is wrong with the road itself, whatever the packet: MTUs that do not fit, nodes that are wired in another way. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { ENCAPSULATION_BYTES } from '../net/packet.ts';
import type { Step, Walk } from '../trace/trace.ts';
import type { Asking } from './asking.ts';

/** How much longer an outer IPv6 header is, in bytes (RFC 8200, section 3). */
const LONGER_HEADER = 20;

/** Findings about the walks of a question, each once. */
export function roadFindings(asking: Asking, walks: readonly Walk[]): readonly Diagnostic[] {
  const found = walks.flatMap((walk) => [
    ...mtuFindings(walk),
    ...windowsFindings(asking, walk),
    ...ipv4EgressFindings(asking, walk),
  ]);
  return [...new Map(found.map((finding) => [finding.text, finding])).values()];
}

/**
 * A full packet, with the outer header around it, must pass the uplink. Of TCP a full packet is what both ends take
 * (the MSS that each tells, RFC 9293 3.7.1). A node that routes into a device with a smaller MTU answers with ICMP
 * "fragmentation needed", so that senders learn (RFC 1191, RFC 8201); a device that takes more than fits makes fragments.
 */
function mtuFindings(walk: Walk): readonly Diagnostic[] {
  if (!walk.hops.some((hop) => hop.steps.some(isOuter))) return [];
  const steps = walk.hops.flatMap((hop) => hop.steps);
  const at = steps.findIndex(isOuter);
  const wrapped = steps[at];
  const size = fullSize(walk, steps);
  if (size === undefined || wrapped?.kind !== 'transmit' || wrapped.packet.outer === undefined) return [];
  const { outer } = wrapped.packet;
  const bytes = ENCAPSULATION_BYTES[outer.kind] + (outer.dst.family === 6 ? LONGER_HEADER : 0);
  if (size + bytes <= wrapped.mtu) return [];
  const taker = takerOfFullSize(steps.slice(0, at), size, wrapped.mtu - bytes);
  const end =
    taker === undefined
      ? 'full-size ones go in fragments, and are lost where nobody passes those'
      : `${taker} full-size ones with "fragmentation needed"; they are lost where that does not get back to the sender`;
  return [
    {
      code: 'mtu-too-large',
      severity: 'warning',
      text: `packets may have ${size} bytes, ${outer.kind} adds ${bytes}, and ${wrapped.device} carries ${wrapped.mtu}: ${end}`,
      sources: [],
      help: [{ text: `an MTU of ${wrapped.mtu - bytes} fits`, applicability: 'likely' }],
    },
  ];
}

/**
 * Who tells the sender that a packet is too big, before it is wrapped: the node, where its tunnel device has an MTU that
 * fits, or the program that makes the header (projectcalico/calico:felix/bpf-gpl/tc.c vxlan_encap_too_big).
 * @param before the steps up to the wrapped packet.
 */
function takerOfFullSize(before: readonly Step[], size: number, fitting: number): string | undefined {
  const at = before.findLastIndex(({ kind }) => kind === 'transmit' || kind === 'receive');
  const last = before[at];
  if (last?.kind === 'receive') return 'the program that wraps them answers';
  if (last?.kind !== 'transmit') return undefined;
  const room = roomAt(before, at);
  if (room === undefined || room >= size || room > fitting) return undefined;
  return `${last.device} takes ${room}, so the node answers`;
}

/** The largest packet of the sender, in bytes; undefined: it sends by no device, or nothing wraps what it sends. */
function fullSize({ taker }: Walk, steps: readonly Step[]): number | undefined {
  const at = steps.findIndex((step) => step.kind === 'transmit');
  const sent = steps[at];
  const room = roomAt(steps, at);
  if (sent?.kind !== 'transmit' || room === undefined || sent.packet.outer !== undefined) return undefined;
  const taken = steps.findLast((step) => step.kind === 'receive');
  const isNegotiated = sent.packet.protocol === 'tcp' && taker !== undefined && taken?.kind === 'receive';
  return isNegotiated ? Math.min(room, taken.mtu) : room;
}

/** What leaves by a device is no larger than its MTU and that of the route to it (Linux net/ipv4/route.c ipv4_mtu). */
function roomAt(steps: readonly Step[], at: number): number | undefined {
  const sent = steps[at];
  if (sent?.kind !== 'transmit') return undefined;
  const way = steps.slice(0, at).findLast(({ kind }) => kind === 'route' || kind === 'receive');
  return way?.kind === 'route' && way.mtu !== undefined ? Math.min(sent.mtu, way.mtu) : sent.mtu;
}

function isOuter(step: Step): step is Extract<Step, { readonly kind: 'receive' | 'transmit' }> {
  return step.kind === 'transmit' && step.packet.outer !== undefined;
}

/** Windows nodes have another network stack altogether. */
function windowsFindings({ snapshot, assumptions }: Asking, { hops, reply }: Walk): readonly Diagnostic[] {
  const names = new Set([...hops, ...(reply?.hops ?? [])].map(({ place }) => place.node ?? place.name));
  return [...names].flatMap((name): readonly Diagnostic[] => {
    const node = snapshot.cluster.nodeByName.get(name);
    if (node?.labels.get('kubernetes.io/os') !== 'windows') return [];
    assumptions.add('A_UNMODELLED', { values: [`Windows on ${name}`], decisive: true });
    return [
      {
        code: 'unmodelled',
        severity: 'warning',
        text: `node ${name} runs Windows, whose network is not modelled: the walk is that of a Linux node`,
        sources: node.origin === undefined ? [] : [{ at: node.origin, role: 'context' }],
      },
    ];
  });
}

/** IPv6 pods that reach IPv4 by a road that is not modelled. */
function ipv4EgressFindings(
  { snapshot, assumptions }: Asking,
  { hops: [first] }: Walk,
): readonly Diagnostic[] {
  const { ipv4Egress } = snapshot.dataplane.cni.facets;
  const packet = first?.steps.map((step) => ('packet' in step ? step.packet : undefined)).find(Boolean);
  if (ipv4Egress === undefined || first?.place.kind !== 'pod' || packet === undefined) return [];
  if (packet.dst.family !== 4 || snapshot.profile.ipFamilies.includes(4)) return [];
  assumptions.add('A_UNMODELLED', { values: [ipv4Egress], decisive: true });
  return [
    {
      code: 'unmodelled',
      severity: 'warning',
      text: `${ipv4Egress} is not modelled: the walk is that of a pod without it`,
      sources: [],
    },
  ];
}
