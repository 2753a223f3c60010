import { cidrContains, cidrsOverlap } from '../../net/cidr.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { type BlockPeer, pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');

export const netpolPodIpBlock: Rule = {
  name: 'netpol-pod-ip-block',
  severity: 'info',
  precision: 'heuristic',
  tier: 3,
  kinds: ['NetworkPolicy'],
  what: 'An address block lies among the addresses of pods, or holds them where the CNI compares no pods with blocks.',
  why: 'Pods change their addresses, and some CNIs (Cilium) compare blocks with addresses outside only: even 0.0.0.0/0 is no pod and no node there.',
  fix: 'select the pods by their labels',
  sources: ['cilium/cilium:Documentation/network/kubernetes/policy.rst'],
  examples: {
    bad: { manifests: manifests(WEB, from('10.244.1.0/24')), set: ['podCIDRs.0=10.244.0.0/16'] },
    good: { manifests: manifests(WEB, from('198.51.100.0/24')), set: ['podCIDRs.0=10.244.0.0/16'] },
  },
  run: (input) =>
    ruleViews(input).flatMap((view) =>
      (view.rule.peers ?? []).flatMap((peer) => (peer.kind === 'block' ? hitOf(input, view, peer) : [])),
    ),
};

function from(cidr: string): string {
  return policyOf('web', `ingress: [{from: [{ipBlock: {cidr: ${cidr}}}]}]`);
}

function hitOf(
  { snapshot }: CheckInput,
  { policy, subject }: RuleView,
  { cidr, origin }: BlockPeer,
): readonly Hit[] {
  const { podCidrs } = snapshot.profile;
  const isInside = podCidrs.some((range) => cidr.length >= range.length && cidrContains(range, cidr.base));
  const isMissed =
    !snapshot.policies.settings.blocksMatch.pods && podCidrs.some((range) => cidrsOverlap(range, cidr));
  if (!isInside && !isMissed) return [];
  return [
    {
      subject,
      path: [...pathIn(policy, origin), 'cidr'],
      message: isMissed
        ? `${cidr.text} of ${subjectName(subject)} matches no pod and no node: the CNI compares blocks with addresses outside`
        : `${subjectName(subject)} names pods by their addresses (${cidr.text}), which change`,
      fact: cidr.text,
    },
  ];
}
