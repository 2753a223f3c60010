import type { CompiledPolicy, Peer } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { dnsServerPods, isolating, verdictOf } from '../connections.ts';
import { asksClusterDns } from '../env-addresses.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Gate, Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { groupsOf, podOfGroup, policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [workload('web'), workload('db')];
const TO_DB = '  - {to: [{podSelector: {matchLabels: {app: db}}}]}';

export const netpolDnsBlocked: Rule = {
  name: 'netpol-dns-blocked',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'Pods may send to other pods, but not ask the cluster DNS for their names.',
  why: 'The program waits for a name server that never answers: "temporary failure in name resolution" after some seconds.',
  fix: 'admit UDP and TCP 53 to the pods of the cluster DNS (k8s-app: kube-dns in kube-system)',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('web', 'policyTypes: [Egress]', 'egress:', TO_DB)) },
    good: {
      manifests: manifests(
        ...AROUND,
        policyOf(
          'web',
          'policyTypes: [Egress]',
          'egress:',
          TO_DB,
          '  - {ports: [{port: 53, protocol: UDP}]}',
        ),
      ),
    },
  },
  run: (input) => input.groups.all.flatMap((group) => hitOf(input, group)),
};

function hitOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  const policies = group.origin === undefined ? [] : isolating(input, group, 'egress');
  const pod = podOfGroup(input, group);
  if (policies.length === 0 || pod === undefined || !asksClusterDns(group)) return [];
  const reached = firstReached(input, policies);
  if (reached === undefined || input.snapshot.profile.dns.nodeLocal) return [];
  const servers = dnsServerPods(input);
  const isOpen = servers.some(
    (server) =>
      verdictOf(input, { from: pod, to: server.pod, protocol: 'udp', port: server.port }, 'egress').action ===
      'allow',
  );
  if (servers.length === 0 || isOpen) return [];
  const [{ port }] = servers as readonly [(typeof servers)[number]];
  return [
    {
      subject: group.subject,
      path: ['metadata', 'name'],
      message: `${subjectName(group.subject)} may send to ${subjectName(reached.subject)} but cannot resolve its name: no egress rule admits UDP ${port} to the cluster DNS`,
      related: policies.map((policy) => policyEvidence(policy, 'isolates it for egress')),
      gate: unknownLabels(input, policies, port),
    },
  ];
}

/** Pods that the policies let theirs send to: the first will do. */
function firstReached(input: CheckInput, policies: readonly CompiledPolicy[]): PodGroup | undefined {
  for (const { peers } of policies.flatMap(({ rules }) => rules)) {
    if (peers === undefined) return input.groups.all.find(({ origin }) => origin !== undefined);
    for (const peer of peers) {
      const [group] = peer.kind === 'pods' ? groupsOf(input, peer.pods) : [];
      if (group !== undefined) return group;
    }
  }
  return undefined;
}

/** A rule admits the port to namespaces by labels that the input cannot know: no Namespace object shows them. */
function unknownLabels(
  input: CheckInput,
  policies: readonly CompiledPolicy[],
  port: number,
): Gate | undefined {
  const { namespace } = input.snapshot.profile.dns;
  if (input.snapshot.cluster.namespaces.get(namespace)?.origin !== undefined) return undefined;
  const isMeant = policies.some((policy) =>
    policy.rules.some(
      ({ peers, ports }) =>
        peers?.some((peer) => asksForLabels(peer)) &&
        ports?.some((item) => item.kind === 'range' && item.from <= port && port <= item.to),
    ),
  );
  if (!isMeant) return undefined;
  return {
    reason: `namespace ${namespace} has the labels that a rule asks for: the input has no such Namespace object`,
    related: [],
  };
}

function asksForLabels(peer: Peer): boolean {
  return peer.kind === 'pods' && peer.pods.namespaces !== undefined;
}
