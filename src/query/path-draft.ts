/** One walk as a path of the answer: its legs in words, its symptom, and why it fails. */

import { explainNoEndpoints } from '../control/missing-endpoints.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { ONE } from '../net/fraction.ts';
import { printSocketAddress } from '../net/ip.ts';
import { refTo } from '../source/ref.ts';
import { type Disposition, isSuccess, type Reason, type Symptom, symptomOf } from '../trace/disposition.ts';
import type { Walk } from '../trace/trace.ts';
import type { LegAnswer, PathAnswer } from './answer.ts';
import type { Asking } from './asking.ts';
import { type Dial, flowOf } from './destination.ts';
import { hopAnswers } from './hop-answers.ts';
import { hostEndpointAt } from './host-endpoints.ts';
import { hostPortFindings } from './host-ports.ts';
import type { Lookup, LookupFailure } from './lookup.ts';
import type { PathDraft } from './paths.ts';
import { denialOf, explainDenial } from './policy-cause.ts';
import { policySides } from './policy-sides.ts';
import { diagnosticAnswer } from './source-answer.ts';
import { unmodelledOwners } from './unmodelled-owners.ts';

export interface WalkedDial {
  readonly walk: Walk;
  readonly dial: Dial;
  /** The look-up before it, when there was one. */
  readonly lookup?: Lookup;
}

/** A walk as a path. */
export function draftOf(asking: Asking, walked: WalkedDial): PathDraft {
  const { walk, dial, lookup } = walked;
  const policy = policySides(asking, walk);
  const cause = isSuccess(walk.disposition) ? undefined : explain(asking, walked);
  const reason = cause?.reason ?? walk.reason;
  const backend = backendOf(asking, walk);
  noteUndeclaredPort(asking, walk);
  const path: Omit<PathAnswer, 'weight'> = {
    backends: backend === undefined ? [] : [backend],
    disposition: walk.disposition,
    ...(reason === undefined ? {} : { reason }),
    symptom: programSymptom(walk) ?? symptomOf(walk.disposition, dial.protocol, isDecidedInOutput(walk)),
    ...(policy === undefined ? {} : { policy }),
    legs: [...(lookup === undefined ? [] : [lookup.leg]), requestLeg(asking, walk)],
    ...(walk.taker === undefined ? {} : { serverSees: { peer: walk.taker.packet.src.text } }),
  };
  const causes = (cause?.diagnostics ?? []).map((diagnostic) => diagnosticAnswer(diagnostic, asking.namer));
  return { share: walk.share, protocol: dial.protocol, path, causes };
}

/** The path of a name that does not resolve. */
export function failedLookupDraft(asking: Asking, lookup: Lookup, failure: LookupFailure): PathDraft {
  return {
    share: ONE,
    protocol: asking.question.protocol ?? 'tcp',
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

function requestLeg(asking: Asking, walk: Walk): LegAnswer {
  const hops = hopAnswers(asking, walk.hops);
  if (walk.reply === undefined) return { purpose: 'request', hops };
  const { disposition } = walk.reply;
  return { purpose: 'request', hops, reply: { disposition, hops: hopAnswers(asking, walk.reply.hops) } };
}

/** Who took the packet, or would have: `shop/api#1`, `node/node-a`, an outside address. */
function backendOf(asking: Asking, walk: Walk): string | undefined {
  const { cluster, control } = asking.snapshot;
  const place = walk.taker?.place;
  if (place?.kind === 'pod') return `${place.namespace}/${place.name}`;
  if (place?.kind === 'external') return place.name;
  const packet = walk.hops.at(-1)?.steps.at(-1)?.packet;
  if (packet === undefined) return undefined;
  const pod = cluster.podByIp.get(packet.dst);
  if (pod !== undefined) return pod.key;
  if (place?.kind !== 'node') return undefined;
  return hostEndpointAt(control, packet.dst, packet.dstPort) ?? `node/${place.name}`;
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

interface Explanation {
  readonly reason?: Reason;
  readonly diagnostics: readonly Diagnostic[];
}

/** Why a walk fails, in terms of the manifests. */
function explain(asking: Asking, { walk, dial }: WalkedDial): Explanation {
  const { control } = asking.snapshot;
  const servicePort = servicePortAt(control.servicePortsAt(dial.ip), dial);
  const explainers: Partial<Record<Disposition, () => Explanation>> = {
    'no-endpoints': () => {
      if (servicePort === undefined) return { diagnostics: [] };
      const { reason, diagnostic } = explainNoEndpoints(control, servicePort);
      const owners =
        reason === 'selector-matches-no-pod' ? unmodelledOwners(asking, servicePort.service) : [];
      return { reason, diagnostics: [diagnostic, ...owners] };
    },
    'denied-egress': () => deniedByPolicy(asking, { walk, dial }),
    'denied-ingress': () => deniedByPolicy(asking, { walk, dial }),
    dropped: () => unknownServicePort(control.servicePortsAt(dial.ip), dial),
    // Where a proxy refuses what no Service port has (nftables, IPVS).
    rejected: () => unknownServicePort(control.servicePortsAt(dial.ip), dial),
    'reply-lost': () => bridgeNetfilterOff(asking, walk),
  };
  return explainers[walk.disposition]?.() ?? { diagnostics: [] };
}

function deniedByPolicy(asking: Asking, { walk, dial }: WalkedDial): Explanation {
  const denial = denialOf(walk);
  if (denial === undefined) return { diagnostics: [] };
  const flow = flowOf(asking, dial);
  return { diagnostics: [explainDenial(asking, { ...denial, flow })] };
}

function servicePortAt(
  servicePorts: readonly ServicePort[],
  { port, protocol }: Dial,
): ServicePort | undefined {
  return servicePorts.find((candidate) => candidate.port === port && candidate.protocol === protocol);
}

/** The address is a Service's, the port is not. */
function unknownServicePort(servicePorts: readonly ServicePort[], dial: Dial): Explanation {
  const [first] = servicePorts;
  if (first === undefined || servicePortAt(servicePorts, dial) !== undefined) return { diagnostics: [] };
  const { service } = first;
  const ports = servicePorts.map(
    ({ port, protocol, portName }) =>
      `${port}/${protocol.toUpperCase()}${portName === '' ? '' : ` (${portName})`}`,
  );
  const { origin } = service;
  return {
    reason: 'no-such-port',
    diagnostics: [
      {
        code: 'no-such-port',
        severity: 'error',
        text: `Service ${service.key} has no port ${dial.port}/${dial.protocol.toUpperCase()}`,
        sources:
          origin === undefined
            ? []
            : [{ at: refTo(origin, 'spec', 'ports'), role: 'primary', label: `only ${ports.join(', ')}` }],
        help: [{ text: `ask for ${ports.join(' or ')}`, applicability: 'likely' }],
      },
    ],
  };
}

/** The bridge carried the answer past conntrack. */
function bridgeNetfilterOff(asking: Asking, walk: Walk): Explanation {
  const last = walk.reply?.hops.at(-1)?.steps.at(-1);
  if (last?.kind !== 'end' || last.cause.kind !== 'unexpected-reply') return { diagnostics: [] };
  const off = walk.hops.some(({ namespace }) => {
    const found = asking.snapshot.dataplane.namespace(namespace);
    return found?.place.kind === 'node' && !found.bridgeNetfilter;
  });
  if (!off) return { diagnostics: [] };
  return {
    reason: 'bridge-netfilter-off',
    diagnostics: [
      {
        code: 'bridge-netfilter-off',
        severity: 'info',
        text: 'bridged frames skip conntrack: net.bridge.bridge-nf-call-iptables is 0',
        sources: [],
        help: [{ text: 'load br_netfilter and set net.bridge.bridge-nf-call-iptables to 1 on the node' }],
      },
    ],
  };
}

/** A port that no container declares may still listen: say that it is assumed. */
function noteUndeclaredPort(asking: Asking, walk: Walk): void {
  const { taker } = walk;
  if (taker === undefined || taker.place.kind === 'external') return;
  const { dst, dstPort, protocol } = taker.packet;
  const assumed = { values: [printSocketAddress(dst, dstPort)] };
  if (taker.place.kind === 'node') {
    if (hostEndpointAt(asking.snapshot.control, dst, dstPort) !== undefined) return;
    asking.assumptions.add('A_LISTENS', assumed);
    for (const finding of hostPortFindings(asking, taker.place.name, taker.packet)) asking.report(finding);
    return;
  }
  const pod = asking.snapshot.cluster.podByKey.get(`${taker.place.namespace ?? ''}/${taker.place.name}`);
  if (pod?.ports.some((port) => port.containerPort === dstPort && port.protocol === protocol)) return;
  asking.assumptions.add('A_LISTENS', assumed);
  if (pod === undefined || pod.ports.length === 0) return;
  const declared = pod.ports.map((port) => `${port.containerPort}/${port.protocol.toUpperCase()}`).join(', ');
  asking.report({
    code: 'port-not-declared',
    severity: 'info',
    text: `${pod.workload?.name ?? pod.name} declares ${declared}, not ${dstPort}/${protocol.toUpperCase()}; it may still listen there`,
    sources:
      pod.origin === undefined || pod.ports[0] === undefined
        ? []
        : [{ at: refTo(pod.origin, ...pod.ports[0].path), role: 'context' }],
  });
}
