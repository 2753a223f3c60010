import { cidrsOverlap } from '../../net/cidr.ts';
import type { PolicyRule } from '../../policy/policy.ts';
import { ADMIN_KINDS, type AdminRuleView, adminRuleViews } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Gate, Hit } from '../hit.ts';
import { type BlockPeer, isEverything, pathIn } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const PODS = ['podCIDRs.0=10.244.0.0/16'];

export const netpolAdminNetworksHitPods: Rule = {
  name: 'netpol-admin-networks-hit-pods',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'Address blocks (networks) of a policy for the cluster hold addresses of pods or Services.',
  why: 'They match pods and nodes too: what was meant for the world outside also cuts connections within the cluster.',
  fix: 'accept or pass connections to pods (namespaces: {}) in a rule before this one, or name the blocks outside',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/shared_types.go Networks'],
  examples: {
    bad: { manifests: manifests(WEB, denying('10.0.0.0/8')), set: PODS },
    good: { manifests: manifests(WEB, denying('192.0.2.0/24')), set: PODS },
  },
  run: (input) =>
    adminRuleViews(input).flatMap((view) =>
      (view.rule.peers ?? []).flatMap((peer) => (peer.kind === 'block' ? hitOf(input, view, peer) : [])),
    ),
};

function denying(cidr: string): string {
  return clusterPolicy('deny', {}, `egress: [{action: Deny, to: [{networks: [${cidr}]}]}]`);
}

function hitOf(
  { snapshot }: CheckInput,
  { policy, subject, rule }: AdminRuleView,
  { cidr, origin }: BlockPeer,
): readonly Hit[] {
  const { podCidrs, serviceCidrs, given } = snapshot.profile;
  const podRange = podCidrs.find((range) => cidrsOverlap(cidr, range));
  const serviceRange = serviceCidrs.find((range) => cidrsOverlap(cidr, range));
  if (podRange === undefined && serviceRange === undefined) return [];
  if (policy.rules.some((each) => each.index < rule.index && isForAllPods(each))) return [];
  const isKnown = cidr.length === 0 || given.has(podRange === undefined ? 'serviceCIDRs' : 'podCIDRs');
  const gate: Gate | undefined = isKnown
    ? undefined
    : { reason: 'the ranges of the cluster are others: nobody gave them', related: [] };
  const whose = podRange === undefined ? `Services (${serviceRange?.text})` : `pods (${podRange.text})`;
  return [
    {
      subject,
      path: pathIn(policy, origin),
      message: `${subjectName(subject)} would ${rule.action} ${cidr.text}, which holds addresses of ${whose}`,
      fact: cidr.text,
      gate,
    },
  ];
}

/** Does the rule decide every connection to pods before? */
function isForAllPods({ peers, ports }: PolicyRule): boolean {
  return (
    ports === undefined &&
    (peers ?? []).some((peer) => {
      if (peer.kind !== 'pods' || peer.pods.namespace !== undefined) return false;
      const { namespaces, pods } = peer.pods;
      return [namespaces, pods].every((each) => each === undefined || isEverything(each.selector));
    })
  );
}
