import { ADMIN_KINDS, type AdminRuleView, adminRuleViews } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { groupsOf, pathIn } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';

const POLICY = clusterPolicy(
  'dns',
  {},
  'ingress: [{action: Accept, from: [{namespaces: {}}], protocols: [{destinationNamedPort: dns}]}]',
);

export const netpolAdminNamedPortProtocol: Rule = {
  name: 'netpol-admin-named-port-protocol',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'A port name of a policy for the cluster means ports of several protocols.',
  why: 'The name stands for every container port that has it, whatever its protocol: the rule is about more than one.',
  fix: 'name the protocol and the number of the port',
  sources: ['kubernetes-sigs/network-policy-api:apis/v1alpha2/shared_types.go DestinationNamedPort'],
  examples: {
    bad: { manifests: manifests(POLICY, pods('dns')) },
    good: { manifests: manifests(POLICY, pods('dns-tcp')) },
  },
  run: (input) => adminRuleViews(input).flatMap((view) => hitsOf(input, view)),
};

function pods(second: string): string {
  return workload('dns', {
    ports: `[{name: dns, containerPort: 53, protocol: UDP}, {name: ${second}, containerPort: 53}]`,
  });
}

function hitsOf(input: CheckInput, view: AdminRuleView): readonly Hit[] {
  const { policy, subject, rule } = view;
  return (rule.ports ?? []).flatMap((item): readonly Hit[] => {
    if (item.kind !== 'named' || item.protocol !== undefined) return [];
    const group = destinations(input, view).find((each) => protocolsOf(each, item.name).size > 1);
    if (group === undefined) return [];
    const words = [...protocolsOf(group, item.name)].map((protocol) => protocol.toUpperCase()).join(' and ');
    return [
      {
        subject,
        path: pathIn(policy, item.origin),
        message: `${item.name} of ${subjectName(subject)} means ${words} at ${subjectName(group.subject)}`,
        related: [portsEvidence(group)],
        fact: item.name,
      },
    ];
  });
}

function destinations(input: CheckInput, { policy, rule, selected }: AdminRuleView): readonly PodGroup[] {
  if (policy.direction === 'ingress') return selected;
  return (rule.peers ?? []).flatMap((peer) => (peer.kind === 'pods' ? groupsOf(input, peer.pods) : []));
}

function protocolsOf({ ports }: PodGroup, name: string): ReadonlySet<string> {
  return new Set(ports.filter((port) => port.name === name).map(({ protocol }) => protocol));
}
