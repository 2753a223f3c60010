/** The policy decision: may one end open a connection to another, and which lines of which policies say so? */

import type { Cluster } from '../cluster/cluster.ts';
import { parseIp } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import { decide, type PolicyDecision, type PolicyFlow } from '../policy/decide.ts';
import { type Party, partyAt, partyOfNode, partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { CitedRule, Verdict, VerdictReason } from '../policy/verdict.ts';
import type { SourceRef } from '../source/ref.ts';
import type { SourceAnswer } from './answer.ts';
import { objectNamer } from './namer.ts';
import type { Snapshot } from './snapshot.ts';
import { type ObjectNamer, sourceAnswer } from './source-answer.ts';
import { resolveSource, resolveTarget, type Source, type Target } from './target.ts';
import { UsageError } from './usage-error.ts';

export interface PolicyQuestion {
  /** References, as for a trace: a pod, a workload (its first pod), node/NAME, an address. */
  readonly from: string;
  /** The same, or a Service, which stands for its endpoints. No name is looked up. */
  readonly to: string;
  /** The destination port; of a Service the Service's. */
  readonly port: number;
  readonly protocol: Protocol;
}

export interface PolicyDecisionAnswer {
  /** `allow` where every destination is allowed, and there is one. */
  readonly action: 'allow' | 'deny';
  /** Does the cluster's CNI enforce policies at all? If not, `action` is what it would be. */
  readonly enforced: boolean;
  /** One, or one for each endpoint of a Service and each pod of a workload. */
  readonly destinations: readonly DestinationVerdict[];
}

export interface DestinationVerdict {
  /** `ns/name` of a pod, `node/NAME`, or an address. */
  readonly to: string;
  /** Behind the translation of a Service address. */
  readonly port: number;
  readonly action: 'allow' | 'deny';
  readonly egress: VerdictAnswer;
  readonly ingress: VerdictAnswer;
}

export interface VerdictAnswer {
  readonly action: 'allow' | 'deny';
  readonly reason: VerdictReason;
  /** The rules that decide. */
  readonly rules: readonly SourceAnswer[];
  /** The policies that isolate the pod in this direction. */
  readonly isolating: readonly SourceAnswer[];
  /** The rules that passed the flow on to a later tier. */
  readonly passed: readonly SourceAnswer[];
}

/**
 * Asks the policies of both ends.
 * @throws UsageError where a reference fits nothing, or a Service has no such port.
 */
export function policyDecision(snapshot: Snapshot, question: PolicyQuestion): PolicyDecisionAnswer {
  const { cluster, policies, dataplane } = snapshot;
  const source = resolveSource(cluster, question.from);
  const from = partyOfSource(snapshot, source);
  const namer = objectNamer(snapshot.objects);
  const destinations = destinationsOf(snapshot, resolveTarget(cluster, question.to, source), question);
  const verdicts = destinations.map(({ to, port }) => {
    const flow: PolicyFlow = { from, to, port, protocol: question.protocol };
    return destinationVerdict(flow, decide(policies, flow), namer);
  });
  const isAllowed = verdicts.length > 0 && verdicts.every(({ action }) => action === 'allow');
  return {
    action: isAllowed ? 'allow' : 'deny',
    enforced: dataplane.cni.facets.policy.enforces,
    destinations: verdicts,
  };
}

function partyOfSource({ cluster }: Snapshot, source: Source): Party {
  switch (source.kind) {
    case 'pod':
      return partyOfPod(cluster, source.pod);
    case 'node':
      return partyOfNode(source.node);
    case 'external':
      return outsideParty(cluster, source.address);
  }
}

function outsideParty(cluster: Cluster, address: string): Party {
  const ip = parseIp(address);
  return ip === undefined ? { kind: 'address' } : partyAt(cluster, ip);
}

interface PolicyDestination {
  readonly to: Party;
  readonly port: number;
}

function destinationsOf(
  snapshot: Snapshot,
  target: Target,
  { to: text, port, protocol }: PolicyQuestion,
): readonly PolicyDestination[] {
  const { cluster, control } = snapshot;
  switch (target.kind) {
    case 'pods':
      return target.pods.map((pod) => ({ to: partyOfPod(cluster, pod), port }));
    case 'node':
      return [{ to: partyOfNode(target.node), port }];
    case 'address':
      return [{ to: partyAt(cluster, target.ip), port }];
    case 'service': {
      const ofPort = control
        .servicePortsOf(target.service.key)
        .filter((servicePort) => servicePort.port === port && servicePort.protocol === protocol);
      if (ofPort.length === 0) {
        throw new UsageError(`Service ${target.service.key} has no port ${port}/${protocol}`);
      }
      return ofPort.flatMap(({ endpoints }) =>
        endpoints.map((endpoint) => ({ to: partyAt(cluster, endpoint.ip), port: endpoint.port })),
      );
    }
    case 'localhost':
    case 'name':
      throw new UsageError(
        `"${text}": policies are about addresses; name a pod, a Service, a node or an address`,
      );
  }
}

function destinationVerdict(
  { to, port }: PolicyFlow,
  { action, egress, ingress }: PolicyDecision,
  namer: ObjectNamer,
): DestinationVerdict {
  return {
    to: partyName(to),
    port,
    action,
    egress: verdictAnswer(egress, namer),
    ingress: verdictAnswer(ingress, namer),
  };
}

/** `ns/name` of a pod, `node/NAME`, or the address. */
function partyName(party: Party): string {
  if (party.kind === 'pod') return party.pod.key;
  return party.kind === 'node' ? `node/${party.node.name}` : (party.ip?.text ?? '');
}

/** A verdict with the places of what it cites. */
function verdictAnswer(verdict: Verdict, namer: ObjectNamer): VerdictAnswer {
  const cited = (at: SourceRef) => sourceAnswer(at, { namer });
  const rule = ({ rule: { origin } }: CitedRule) => cited(origin);
  const policy = ({ because }: CompiledPolicy) => cited(because);
  return {
    action: verdict.action,
    reason: verdict.reason,
    rules: verdict.rules.map(rule),
    isolating: verdict.isolating.map(policy),
    passed: verdict.passed.map(rule),
  };
}
