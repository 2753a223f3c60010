/** Rules of one side that the policies of the other side refuse entirely. */

import { intersectPorts, isEmpty, type PortSet } from '../net/port-set.ts';
import { portsOfItems } from '../policy/allowed-ports.ts';
import { partyOfPod } from '../policy/party.ts';
import type { CompiledPolicy } from '../policy/policy.ts';
import type { CheckInput } from './check-input.ts';
import { isolating, portsBetween } from './connections.ts';
import type { PodGroup } from './pod-groups.ts';
import { opposite, type PodsPeerView, podOfGroup } from './policies.ts';

/** Why nothing of what a rule admits between two groups gets through. */
export interface SideRefusal {
  readonly own: PodGroup;
  readonly other: PodGroup;
  /** What the rule admits. */
  readonly ports: PortSet;
  /** Of the other side. */
  readonly policies: readonly CompiledPolicy[];
}

/** The first refusal, where every pair of pods is refused: the search ends with the first that gets through. */
export function refusalOfAll(input: CheckInput, view: PodsPeerView): SideRefusal | undefined {
  let first: SideRefusal | undefined;
  for (const own of view.selected) {
    for (const other of view.groups) {
      const refusal = refusalOf(input, view, { own, other });
      if (refusal === undefined) return undefined;
      first ??= refusal;
    }
  }
  return first;
}

/** undefined: something of what the rule admits gets through, or nobody can know. */
function refusalOf(
  input: CheckInput,
  { policy, rule }: PodsPeerView,
  { own, other }: { readonly own: PodGroup; readonly other: PodGroup },
): SideRefusal | undefined {
  const side = opposite(policy.direction);
  const policies = isolating(input, other, side);
  if (own === other || policies.length === 0) return undefined;
  const [ownPod, otherPod] = [podOfGroup(input, own), podOfGroup(input, other)];
  if (ownPod === undefined || otherPod === undefined || ownPod.hostNetwork) return undefined;
  const [from, to] = policy.direction === 'egress' ? [ownPod, otherPod] : [otherPod, ownPod];
  const ports = portsOfItems(rule.ports, partyOfPod(input.snapshot.cluster, to));
  if (isEmpty(ports) || !isEmpty(intersectPorts(ports, portsBetween(input, { from, to }, side)))) {
    return undefined;
  }
  return { own, other, ports, policies };
}
