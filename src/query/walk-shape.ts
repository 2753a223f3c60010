/** What makes two walks equal in an answer: places and operations; not which replica, its address or its chains. */

import type { Hop, Step, Walk } from '../trace/trace.ts';

const SEPARATOR = '\n';

/** A text that walks share if one of them can be shown for all. */
export function walkShape({ hops, reply }: Walk): string {
  const way = hops.map(hopShape).join(SEPARATOR);
  if (reply === undefined) return way;
  return `${way}${SEPARATOR}reply${SEPARATOR}${reply.hops.map(hopShape).join(SEPARATOR)}`;
}

function hopShape({ place, steps }: Hop): string {
  const where = place.kind === 'pod' ? `pod ${place.namespace} ${place.node}` : `${place.kind} ${place.name}`;
  return `${where}: ${steps.map(stepShape).join(', ')}`;
}

/** The operation and the devices that its description names. */
function stepShape(step: Step): string {
  switch (step.kind) {
    case 'originate':
    case 'transmit':
    case 'route':
    case 'neighbor':
    case 'encapsulate':
      return `${step.kind} by ${deviceShape(step.device)}`;
    case 'receive':
    case 'decapsulate':
    case 'accept':
      return `${step.kind} from ${deviceShape(step.device)}`;
    case 'match':
      return `match ${devicesShape(step.point)}`;
    case 'program':
      return `match ${programShape(step.point)}`;
    case 'translate':
      return `${step.nat} ${step.program === undefined ? devicesShape(step.point) : programShape(step.program)}`;
    case 'bridge':
      return `bridge ${step.bridge} ${deviceShape(step.to)}`;
    case 'balance':
      return `balance ${step.packet.src === step.before.src ? 'dnat' : 'reverse'}`;
    case 'policy':
    case 'track':
      return step.kind;
    case 'end':
      return endShape(step.cause);
  }
}

function endShape(cause: Extract<Step, { kind: 'end' }>['cause']): string {
  if (cause.kind === 'policy') return 'policy';
  return `end ${cause.kind === 'drop' || cause.kind === 'reject' ? devicesShape(cause.point) : ''}`;
}

type Devices = { readonly in?: string | undefined; readonly out?: string | undefined } | undefined;

function devicesShape(point: Devices): string {
  return `${deviceShape(point?.in)} ${deviceShape(point?.out)}`;
}

function programShape({ at, device }: { readonly at: string; readonly device?: string }): string {
  return at === 'tc-egress' ? `- ${deviceShape(device)}` : `${deviceShape(device)} -`;
}

/** Devices of pods have the pod's name in theirs. */
function deviceShape(device: string | undefined): string {
  if (device === undefined) return '-';
  return device.startsWith('veth~') ? 'veth' : device;
}
