/** One walk as a path of the answer: its legs in words, its symptom, and why it fails. */

import type { PodKey } from '../cluster/cluster.ts';
import { compareText } from '../collections/order.ts';
import { ONE } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import { isSuccess, type Symptom, symptomOf } from '../trace/disposition.ts';
import type { Hop, Walk } from '../trace/trace.ts';
import type { LegAnswer, PathAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import type { Dial } from './dial.ts';
import { explainFailure } from './explain-failure.ts';
import { hopAnswers, legAnswer } from './hop-answers.ts';
import { hostEndpointAt } from './host-endpoints.ts';
import type { Lookup, LookupFailure } from './lookup.ts';
import type { PathDraft } from './paths.ts';
import { policySides } from './policy-sides.ts';
import { diagnosticAnswer } from './source-answer.ts';
import { walkShape } from './walk-shape.ts';

export interface WalkedDial {
  readonly walk: Walk;
  readonly dial: Dial;
  /** The look-up before it, when there was one. */
  readonly lookup?: Lookup;
  /** The client's connection to a load balancer that ends it; the walk then is the balancer's own. */
  readonly front?: Walk;
}

/** A walk as a path. */
export function draftOf(asking: Asking, walked: WalkedDial): PathDraft {
  const { walk, dial, lookup } = walked;
  const policy = policySides(asking, walk);
  const cause = isSuccess(walk.disposition) ? undefined : explainFailure(asking, walk, dial);
  const reason = cause?.reason ?? walk.reason;
  const path: Omit<PathAnswer, 'weight'> = {
    backends: backendsOf(asking, walk),
    disposition: walk.disposition,
    ...(reason === undefined ? {} : { reason }),
    symptom: programSymptom(walk) ?? symptomOf(walk.disposition, dial.protocol, isDecidedInOutput(walk)),
    ...(policy === undefined ? {} : { policy }),
    legs: [...(lookup === undefined ? [] : [lookup.leg]), ...requestLegs(asking, walked)],
    ...(walk.taker === undefined ? {} : { serverSees: { peer: walk.taker.packet.src.text } }),
  };
  const causes = (cause?.diagnostics ?? []).map((diagnostic) => diagnosticAnswer(diagnostic, asking.namer));
  const front = walked.front === undefined ? '' : walkShape(walked.front);
  return {
    share: walk.share,
    protocol: dial.protocol,
    shape: `${front} ${walkShape(walk)}`,
    isDenied: isDenied(walk),
    path,
    causes,
  };
}

/** The path of a name that does not resolve. */
export function failedLookupDraft(asking: Asking, lookup: Lookup, failure: LookupFailure): PathDraft {
  return {
    share: ONE,
    protocol: asking.question.protocol ?? 'tcp',
    shape: 'lookup',
    isDenied: lookup.walks.some(isDenied),
    path: {
      backends: [],
      disposition: failure.disposition,
      ...(failure.reason === undefined ? {} : { reason: failure.reason }),
      symptom: symptomOf(failure.disposition, 'udp', false),
      legs: [lookup.leg],
    },
    causes: failure.diagnostics.map((diagnostic) => diagnosticAnswer(diagnostic, asking.namer)),
  };
}

function requestLegs(asking: Asking, { walk, front }: WalkedDial): readonly LegAnswer[] {
  if (front === undefined) return [legOf(asking, walk, 'request')];
  return [legOf(asking, front, 'request'), legOf(asking, walk, 'proxied')];
}

function legOf(asking: Asking, { hops, reply }: Walk, purpose: LegAnswer['purpose']): LegAnswer {
  const inWords = (each: readonly Hop[]) => () => hopAnswers(asking, each);
  if (reply === undefined) return legAnswer(purpose, inWords(hops));
  return legAnswer(purpose, inWords(hops), { disposition: reply.disposition, hops: inWords(reply.hops) });
}

/** Did a policy end it? */
function isDenied({ hops }: Walk): boolean {
  const last = hops.at(-1)?.steps.at(-1);
  if (last?.kind === 'policy') return !last.look.isIgnored && last.look.verdict.action === 'deny';
  return last?.kind === 'end' && last.cause.kind === 'policy';
}

/** Whom the walk, and those that it stands for, get to. */
function backendsOf(asking: Asking, walk: Walk): readonly string[] {
  const first = backendOf(asking, walk);
  if (walk.alike === undefined) return first === undefined ? [] : [first];
  const others = walk.alike.map(({ dst, dstPort }) => podAt(asking, dst, dstPort));
  return [...new Set([first, ...others].flatMap((backend) => backend ?? []))].sort(compareText);
}

/** Who took the packet, or would have: `shop/api#1`, `node/node-a`, an outside address. */
function backendOf(asking: Asking, walk: Walk): string | undefined {
  const place = walk.taker?.place;
  if (place?.kind === 'pod') return `${place.namespace}/${place.name}`;
  if (place?.kind === 'external') return place.name;
  const packet = walk.hops.at(-1)?.steps.at(-1)?.packet;
  if (packet === undefined) return undefined;
  const pod = podAt(asking, packet.dst, packet.dstPort);
  return pod ?? (place?.kind === 'node' ? `node/${place.name}` : undefined);
}

/** The pod that has an address, or one in a node's network behind its port. */
function podAt({ snapshot: { cluster, control } }: Asking, ip: Ip, port: number): PodKey | undefined {
  return cluster.podByIp.get(ip)?.key ?? hostEndpointAt(control, ip, port);
}

function isDecidedInOutput(walk: Walk): boolean {
  const step = walk.hops.length === 1 ? walk.hops[0]?.steps.at(-1) : undefined;
  if (step?.kind !== 'end') return false;
  return (step.cause.kind === 'drop' || step.cause.kind === 'reject') && step.cause.point.hook === 'output';
}

/** What a program that stops the walk makes the sender see. */
function programSymptom(walk: Walk): Symptom | undefined {
  const step = walk.hops.at(-1)?.steps.at(-1);
  return step?.kind === 'end' && step.cause.kind === 'program' ? step.cause.verdict.symptom : undefined;
}
