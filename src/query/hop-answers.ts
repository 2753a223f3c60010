/** The hops of a walk as the answer holds them. */

import type { PodKey } from '../cluster/cluster.ts';
import { once } from '../collections/once.ts';
import type { Place } from '../dataplane/network.ts';
import type { Packet } from '../net/packet.ts';
import type { Disposition } from '../trace/disposition.ts';
import type { Hop } from '../trace/trace.ts';
import type { HopAnswer, LegAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { describeStep } from './describe-step.ts';
import { hostEndpointAt } from './host-endpoints.ts';
import { placeAnswer } from './place.ts';

/** A leg whose hops are put into words when somebody reads them: who asks for the result alone does not. */
export function legAnswer(
  purpose: LegAnswer['purpose'],
  hops: () => readonly HopAnswer[],
  reply?: { readonly disposition: Disposition; readonly hops: () => readonly HopAnswer[] },
): LegAnswer {
  const way = withHops({ purpose }, hops);
  return reply === undefined
    ? way
    : Object.assign(way, { reply: withHops({ disposition: reply.disposition }, reply.hops) });
}

function withHops<Facts extends object>(
  facts: Facts,
  hops: () => readonly HopAnswer[],
): Facts & { readonly hops: readonly HopAnswer[] } {
  const get = once(hops);
  return Object.defineProperty(facts, 'hops', { enumerable: true, get }) as Facts & {
    readonly hops: readonly HopAnswer[];
  };
}

/** Hops in words. */
export function hopAnswers(asking: Asking, hops: readonly Hop[]): readonly HopAnswer[] {
  return hops.map(({ place, namespace, steps }) => ({
    place: placeAnswer(calledAsAsked(asking, place)),
    steps: steps.map((step) => {
      if (step.kind !== 'accept') return describeStep(step, { namer: asking.namer });
      const portName = declaredPortName(asking, namespace, step.packet);
      const hostPod = place.kind === 'node' ? hostPodAt(asking, step.packet) : undefined;
      return describeStep(step, {
        namer: asking.namer,
        ...(portName === undefined ? {} : { portName }),
        ...(hostPod === undefined ? {} : { hostPod }),
      });
    }),
  }));
}

/** The outside host that the question calls `internet` keeps that name. */
function calledAsAsked({ source }: Asking, place: Place): Place {
  const isSource = place.kind === 'external' && source.kind === 'external' && place.name === source.address;
  return isSource ? { ...place, name: source.name } : place;
}

function hostPodAt({ snapshot }: Asking, { dst, dstPort }: Packet): PodKey | undefined {
  return hostEndpointAt(snapshot.control, dst, dstPort);
}

function declaredPortName(asking: Asking, namespace: string, packet: Packet): string | undefined {
  const pod = asking.snapshot.cluster.podByKey.get(namespace.replace(/^pod\//, '') as PodKey);
  return pod?.ports.find(
    ({ containerPort, protocol }) => containerPort === packet.dstPort && protocol === packet.protocol,
  )?.name;
}
