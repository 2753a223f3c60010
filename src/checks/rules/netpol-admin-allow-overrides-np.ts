import {
  intersectPorts,
  isEmpty,
  NO_PORTS,
  type PortSet,
  subtractPorts,
  unitePorts,
} from '../../net/port-set.ts';
import { portsAllowedBy, portsOfItems } from '../../policy/allowed-ports.ts';
import { peerMatches } from '../../policy/match.ts';
import { type Party, partyOfPod } from '../../policy/party.ts';
import { ADMIN_TIER, type CompiledPolicy, type Peer } from '../../policy/policy.ts';
import { ADMIN_KINDS, type AdminRuleView, adminRuleViews } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { isolating } from '../connections.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy, policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { groupsOf, pathIn, podOfGroup, policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [workload('web'), workload('monitor'), policyOf('web', 'ingress: []')];

export const netpolAdminAllowOverridesNp: Rule = {
  name: 'netpol-admin-allow-overrides-np',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'A rule of the admin tier accepts connections that NetworkPolicies of the pods refuse.',
  why: 'The admin tier comes first, and what it accepts no NetworkPolicy can refuse: the pods are open to more than their own policies say.',
  fix: 'use Pass where NetworkPolicies shall decide, or name what is meant',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/clusternetworkpolicy_types.go Accept'],
  examples: {
    bad: { manifests: manifests(...AROUND, ruling('Accept')) },
    good: { manifests: manifests(...AROUND, ruling('Pass')) },
  },
  run: (input) => adminRuleViews(input).flatMap((view) => hitOf(input, view)),
};

function ruling(action: string): string {
  return clusterPolicy('rules', {}, `ingress: [{action: ${action}, from: [{namespaces: {}}]}]`);
}

/** So many groups are compared on each side: a rule for everything meets every pair of a large cluster. */
const MOST = 40;

function hitOf(input: CheckInput, view: AdminRuleView): readonly Hit[] {
  const { policy, rule, subject, selected } = view;
  if (rule.action !== 'allow' || policy.tier !== ADMIN_TIER) return [];
  const isolated = selected.filter((group) => isolating(input, group, policy.direction).length > 0);
  const ends = (rule.peers ?? []).flatMap((peer) => endsOf(input, peer)).slice(0, MOST);
  const opened = isolated
    .slice(0, MOST)
    .filter((group) => ends.some((end) => isOpened(input, view, group, end)));
  const [first] = opened;
  if (first === undefined) return [];
  const names = opened.slice(0, 3).map((group) => subjectName(group.subject));
  const more = opened.length > names.length ? ` and ${opened.length - names.length} more` : '';
  return [
    {
      subject,
      path: pathIn(policy, rule.origin),
      message: `this rule of ${subjectName(subject)} opens what NetworkPolicies refuse (${policy.direction}): ${names.join(', ')}${more}`,
      related: isolating(input, first, policy.direction).map((each) =>
        policyEvidence(each, `would refuse it at ${first.name}`),
      ),
      fact: policy.direction,
    },
  ];
}

function endsOf(input: CheckInput, peer: Peer): readonly Party[] {
  if (peer.kind === 'block') return [{ kind: 'address', ip: peer.cidr.base }];
  if (peer.kind !== 'pods') return [];
  return groupsOf(input, peer.pods).flatMap((group) => {
    const pod = podOfGroup(input, group);
    return pod === undefined ? [] : [partyOfPod(input.snapshot.cluster, pod)];
  });
}

/** Does the rule let a port through that the NetworkPolicies of the group would not? */
function isOpened(input: CheckInput, { policy, rule }: AdminRuleView, group: PodGroup, end: Party): boolean {
  const pod = podOfGroup(input, group);
  if (pod === undefined || (end.kind === 'pod' && end.pod.key === pod.key)) return false;
  const own = partyOfPod(input.snapshot.cluster, pod);
  const pair = policy.direction === 'egress' ? { from: own, to: end } : { from: end, to: own };
  const passed = portsAllowedBy(input.snapshot.policies, pair, policy.direction);
  const meant = intersectPorts(portsOfItems(rule.ports, pair.to), passed);
  const allowed = networkPorts(input, isolating(input, group, policy.direction), { end, to: pair.to });
  return !isEmpty(subtractPorts(meant, allowed));
}

/** What the NetworkPolicies alone admit. */
function networkPorts(
  { snapshot }: CheckInput,
  policies: readonly CompiledPolicy[],
  { end, to }: { readonly end: Party; readonly to: Party },
): PortSet {
  return policies
    .flatMap(({ rules }) => rules)
    .filter(({ peers }) => peers?.some((peer) => peerMatches(snapshot.policies, peer, end)) ?? true)
    .reduce<PortSet>((set, { ports }) => unitePorts(set, portsOfItems(ports, to)), NO_PORTS);
}
