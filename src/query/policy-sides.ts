/** What the policies of both ends say of the asked connection, wherever its walk ends. */

import type { PolicyLook } from '../dataplane/policy-look.ts';
import type { Packet } from '../net/packet.ts';
import { decideDirection } from '../policy/decide.ts';
import { type Party, partyAt, partyOfNode } from '../policy/party.ts';
import type { Direction } from '../policy/policy.ts';
import type { Verdict } from '../policy/verdict.ts';
import type { Hop, Step, Walk } from '../trace/trace.ts';
import type { PathAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { assumeAddresses, type Judged } from './policy-addresses.ts';
import { reportDoubts } from './policy-doubts.ts';

type Sides = NonNullable<PathAnswer['policy']>;

/**
 * The verdicts of a walk: what engines said on the way, else what the policies say of the packet as it would
 * come there. undefined where the input has no policy, or the packet never got its final destination.
 */
export function policySides(asking: Asking, walk: Walk): Sides | undefined {
  const { policies, cluster, dataplane } = asking.snapshot;
  if (policies.policies.length === 0 || !hasDestination(walk) || staysInPod(walk)) return undefined;
  const sent = walk.hops[0]?.steps.find(({ kind }) => kind === 'originate')?.packet;
  const arriving = arrivingPacket(walk);
  if (sent === undefined || arriving === undefined) return undefined;
  const side = (direction: Direction, packet: Packet): Judged => {
    const { protocol, dstPort: port } = packet;
    const flow = { from: sender(asking, walk, packet), to: partyAt(cluster, packet.dst), protocol, port };
    return { flow, verdict: lookedAt(walk.hops, direction) ?? decideDirection(policies, flow, direction) };
  };
  const { dst, dstPort } = arriving;
  const egress = side('egress', { ...sent, dst, dstPort });
  const ingress = side('ingress', arriving);
  if (dataplane.cni.facets.policy.enforces) {
    reportDoubts(asking, [egress.verdict, ingress.verdict]);
    for (const each of [egress, ingress]) assumeAddresses(asking, each);
  }
  return { egress: egress.verdict.action, ingress: ingress.verdict.action };
}

/** Who sends a packet: what a node sends itself may have the address of any of its devices. */
function sender({ snapshot: { cluster } }: Asking, { hops }: Walk, { src }: Packet): Party {
  const place = hops[0]?.place;
  const node = place?.kind === 'node' ? cluster.nodeByName.get(place.name) : undefined;
  return node === undefined ? partyAt(cluster, src) : partyOfNode(node, src);
}

/** Did the packet get as far as an end that policies can be about: somebody took it, or a policy refused it? */
function hasDestination({ disposition, taker }: Walk): boolean {
  return taker !== undefined || disposition === 'denied-egress' || disposition === 'denied-ingress';
}

/** Programs of one pod, its sidecar among them, talk over loopback: no policy is about that. */
function staysInPod({ hops, taker }: Walk): boolean {
  const [only, ...others] = hops;
  return others.length === 0 && only?.place.kind === 'pod' && taker?.namespace === only.namespace;
}

/** An engine may look at one packet twice (a bridge, then the receiver's node): the last look counts. */
function lookedAt(hops: readonly Hop[], direction: Direction): Verdict | undefined {
  let last: Verdict | undefined;
  for (const { steps } of hops) {
    for (const step of steps) {
      const verdict = lookOf(step)?.verdict;
      if (verdict?.direction === direction) last = verdict;
    }
  }
  return last;
}

function lookOf(step: Step): PolicyLook | undefined {
  if (step.kind === 'policy') return step.look;
  return step.kind === 'end' && step.cause.kind === 'policy' ? step.cause.look : undefined;
}

/** The packet as it comes to the receiver's node: before that node translates its source. */
function arrivingPacket({ hops }: Walk): Packet | undefined {
  const last = hops.findLast(({ place }) => place.kind === 'node') ?? hops.at(-1);
  const steps = last?.steps ?? [];
  const source = steps.findIndex((step) => step.kind === 'translate' && step.side === 'src');
  return (source < 0 ? steps.at(-1) : steps[source - 1])?.packet ?? hops.at(-1)?.steps.at(-1)?.packet;
}
