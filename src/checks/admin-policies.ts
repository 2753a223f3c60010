/** Policies of the whole cluster (tiers Admin and Baseline) with the pods that they select, for the rules that judge them. */

import { cidrsOverlap } from '../net/cidr.ts';
import { intersectPorts, isEmpty } from '../net/port-set.ts';
import { portsOfItems } from '../policy/allowed-ports.ts';
import { type Party, partyOfPod } from '../policy/party.ts';
import {
  ADMIN_TIER,
  BASELINE_TIER,
  type CompiledPolicy,
  type Peer,
  type PolicyRule,
} from '../policy/policy.ts';
import { type CheckInput, type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';
import { groupsOf, podOfGroup, policySubject } from './policies.ts';
import type { Subject } from './subject.ts';

/** The kinds that have tiers. */
export const ADMIN_KINDS: readonly string[] = [
  'ClusterNetworkPolicy',
  'AdminNetworkPolicy',
  'BaselineAdminNetworkPolicy',
];

/** One direction of such a policy. */
export interface AdminView {
  readonly policy: CompiledPolicy;
  readonly subject: Subject;
  /** Never pods in the network of a node. */
  readonly selected: readonly PodGroup[];
}

export interface AdminRuleView extends AdminView {
  readonly rule: PolicyRule;
}

/** In the order in which they are looked at. */
export const adminViews: OfInput<readonly AdminView[]> = perInput((input) =>
  input.snapshot.policies.policies
    .filter(({ tier }) => tier === ADMIN_TIER || tier === BASELINE_TIER)
    .map((policy) => ({
      policy,
      subject: policySubject(policy),
      selected: groupsOf(input, policy.subject).filter(({ spec }) => !spec.hostNetwork),
    })),
);

/** Every rule of them, in that order. */
export const adminRuleViews: OfInput<readonly AdminRuleView[]> = perInput((input) =>
  adminViews(input).flatMap((view) => view.policy.rules.map((rule) => ({ ...view, rule }))),
);

/** The rules that are looked at behind one, of its tier and direction: its own policy's, then those of others. */
export function laterRules(input: CheckInput, { policy, rule }: AdminRuleView): readonly AdminRuleView[] {
  const views = adminRuleViews(input);
  const own = views.findIndex((each) => each.rule === rule);
  return views
    .slice(own + 1)
    .filter((each) => each.policy.tier === policy.tier && each.policy.direction === policy.direction);
}

/** The groups that both select. */
export function commonSubjects(a: AdminView, b: AdminView): readonly PodGroup[] {
  const other = new Set(b.selected);
  return a.selected.filter((group) => other.has(group));
}

/** Is there a flow of the pods that both rules match? */
export function rulesMeet(input: CheckInput, group: PodGroup, a: AdminRuleView, b: AdminRuleView): boolean {
  return (a.rule.peers ?? []).some((first) =>
    (b.rule.peers ?? []).some((second) => {
      const ends = commonEnds(input, first, second);
      return ends.some((end) => {
        const to = a.policy.direction === 'egress' ? end : partyOf(input, group);
        if (to === undefined) return false;
        return !isEmpty(intersectPorts(portsOfItems(a.rule.ports, to), portsOfItems(b.rule.ports, to)));
      });
    }),
  );
}

/** Ends that both peers mean: the pods, or an address for those of address blocks. */
function commonEnds(input: CheckInput, a: Peer, b: Peer): readonly Party[] {
  if (a.kind === 'pods' && b.kind === 'pods') {
    const other = new Set(groupsOf(input, b.pods));
    return groupsOf(input, a.pods)
      .filter((group) => other.has(group))
      .flatMap((group) => partyOf(input, group) ?? []);
  }
  if (a.kind === 'block' && b.kind === 'block' && cidrsOverlap(a.cidr, b.cidr)) {
    const { base } = a.cidr.length > b.cidr.length ? a.cidr : b.cidr;
    return [{ kind: 'address', ip: base }];
  }
  return [];
}

function partyOf(input: CheckInput, group: PodGroup): Party | undefined {
  const pod = podOfGroup(input, group);
  return pod === undefined ? undefined : partyOfPod(input.snapshot.cluster, pod);
}
