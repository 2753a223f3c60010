/** What policies say of connections between the pods of groups. */

import type { Pod } from '../cluster/cluster.ts';
import { clusterDnsService } from '../cluster/implied-services.ts';
import type { PortProtocol, PortSet } from '../net/port-set.ts';
import { type Pair, portsAllowedBy } from '../policy/allowed-ports.ts';
import { decideDirection } from '../policy/decide.ts';
import { partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy, Direction } from '../policy/policy.ts';
import type { Verdict } from '../policy/verdict.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';
import { podOfGroup } from './policies.ts';

/** A connection between pods, as policies see it. */
export interface PodFlow {
  readonly from: Pod;
  readonly to: Pod;
  readonly protocol: PortProtocol;
  readonly port: number;
}

/** What the policies of one end say. */
export function verdictOf({ snapshot }: CheckInput, flow: PodFlow, direction: Direction): Verdict {
  const { cluster, policies } = snapshot;
  const { protocol, port } = flow;
  const from = partyOfPod(cluster, flow.from);
  const to = partyOfPod(cluster, flow.to);
  return decideDirection(policies, { from, to, protocol, port }, direction);
}

/** The ports that the policies of one end allow between two pods. */
export function portsBetween(
  { snapshot }: CheckInput,
  { from, to }: Pick<PodFlow, 'from' | 'to'>,
  direction: Direction,
): PortSet {
  const pair: Pair = { from: partyOfPod(snapshot.cluster, from), to: partyOfPod(snapshot.cluster, to) };
  return portsAllowedBy(snapshot.policies, pair, direction);
}

/** The NetworkPolicies that isolate the pods of a group in a direction; none of pods in a node's network. */
export function isolating(
  input: CheckInput,
  group: PodGroup,
  direction: Direction,
): readonly CompiledPolicy[] {
  const pod = podOfGroup(input, group);
  if (pod === undefined || pod.hostNetwork) return [];
  return input.snapshot.policies
    .selecting(pod, direction)
    .flatMap(({ policies }) => policies.filter(({ kind }) => kind === 'NetworkPolicy'));
}

/** Where the cluster's names are asked: a pod of its DNS, and the port that it listens on. */
export interface DnsServerPod {
  readonly pod: Pod;
  readonly port: number;
}

/** The pods of the cluster DNS; none where stored input has none. */
export const dnsServerPods: OfInput<readonly DnsServerPod[]> = perInput(({ snapshot }) => {
  const { cluster, control } = snapshot;
  const service = clusterDnsService(cluster);
  if (service === undefined) return [];
  const byKey = new Map<string, DnsServerPod>();
  for (const { protocol, endpoints } of control.servicePortsOf(service.key)) {
    if (protocol !== 'udp') continue;
    for (const { pod: key, port } of endpoints) {
      const pod = key === undefined ? undefined : cluster.podByKey.get(key);
      if (pod !== undefined) byKey.set(pod.key, { pod, port });
    }
  }
  return [...byKey.values()];
});

/** Does the CNI of the cluster enforce policies at all? */
export const isEnforced: OfInput<boolean> = perInput(
  ({ snapshot }) => snapshot.dataplane.cni.facets.policy.enforces,
);
