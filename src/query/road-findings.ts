/** What is wrong with the road itself, whatever the packet: MTUs that do not fit, nodes that are wired in another way. */

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { ENCAPSULATION_BYTES } from '../net/packet.ts';
import type { Step, Walk } from '../trace/trace.ts';
import type { Asking } from './asking.ts';

/** How much longer an outer IPv6 header is, in bytes (RFC 8200, section 3). */
const LONGER_HEADER = 20;

/** Findings about the walks of a question, each once. */
export function roadFindings(asking: Asking, walks: readonly Walk[]): readonly Diagnostic[] {
  const found = walks.flatMap((walk) => [...mtuFindings(walk), ...windowsFindings(asking, walk)]);
  return [...new Map(found.map((finding) => [finding.text, finding])).values()];
}

/** A full packet of the sender, with the outer header around it, must pass the uplink. */
function mtuFindings({ hops }: Walk): readonly Diagnostic[] {
  const steps = hops.flatMap((hop) => hop.steps);
  const sent = steps.find((step) => step.kind === 'transmit');
  const wrapped = steps.find(isOuter);
  if (sent?.kind !== 'transmit' || wrapped === undefined || sent === wrapped) return [];
  const { outer } = wrapped.packet;
  if (outer === undefined) return [];
  const bytes = ENCAPSULATION_BYTES[outer.kind] + (outer.dst.family === 6 ? LONGER_HEADER : 0);
  if (sent.mtu + bytes <= wrapped.mtu) return [];
  return [
    {
      code: 'mtu-too-large',
      severity: 'warning',
      text: `packets may have ${sent.mtu} bytes, ${outer.kind} adds ${bytes}, and ${wrapped.device} carries ${wrapped.mtu}: full-size ones are fragmented or lost`,
      sources: [],
      help: [{ text: `an MTU of ${wrapped.mtu - bytes} fits`, applicability: 'likely' }],
    },
  ];
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
