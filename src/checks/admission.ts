/** What ingress rules of policies admit at the pods of a Service. */

import { findPort } from '../control/endpoint-ports.ts';
import type { ServicePortSpec } from '../k8s/service-body.ts';
import { hasPort, type PortProtocol } from '../net/port-set.ts';
import { portsOfItems } from '../policy/allowed-ports.ts';
import { partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy, PolicyRule } from '../policy/policy.ts';
import type { CheckInput } from './check-input.ts';
import { isolating } from './connections.ts';
import type { PodGroup } from './pod-groups.ts';
import { podOfGroup } from './policies.ts';

/** Pods behind a port of a Service that NetworkPolicies isolate. */
export interface Isolated {
  readonly group: PodGroup;
  readonly policies: readonly CompiledPolicy[];
  readonly protocol: PortProtocol;
  /** Where the pods listen. */
  readonly port: number;
  /** The rules that admit somebody there. */
  readonly rules: readonly PolicyRule[];
}

/** Those of the groups that are isolated for ingress, with what is admitted at the port. */
export function isolatedAt(
  input: CheckInput,
  groups: readonly PodGroup[],
  port: ServicePortSpec,
): readonly Isolated[] {
  return groups.flatMap((group): readonly Isolated[] => {
    const policies = isolating(input, group, 'ingress');
    const pod = podOfGroup(input, group);
    const target = findPort(group, port);
    const { protocol } = port;
    if (policies.length === 0 || pod === undefined || target === undefined || protocol === 'icmp') return [];
    const to = partyOfPod(input.snapshot.cluster, pod);
    const rules = policies
      .flatMap((policy) => policy.rules)
      .filter(({ ports }) => hasPort(portsOfItems(ports, to), protocol, target));
    return [{ group, policies, protocol, port: target, rules }];
  });
}

/** Does a rule admit an address that is no pod: everybody, or an address block? */
export function admitsOutside({ peers }: PolicyRule): boolean {
  return peers === undefined || peers.some(({ kind }) => kind === 'block' || kind === 'nodes');
}

/** Does a rule admit pods of other namespaces? */
export function admitsNamespaces({ peers }: PolicyRule): boolean {
  return peers?.some((peer) => peer.kind === 'pods' && peer.pods.namespaces !== undefined) ?? false;
}
