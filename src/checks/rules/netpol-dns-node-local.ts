import { clusterDnsAddresses } from '../../cluster/implied-services.ts';
import { decideDirection } from '../../policy/decide.ts';
import { type Party, partyOfPod } from '../../policy/party.ts';
import type { CheckInput } from '../check-input.ts';
import { dnsServerPods, isolating, verdictOf } from '../connections.ts';
import { asksClusterDns } from '../env-addresses.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { podOfGroup, policyEvidence } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const DNS_PODS =
  '{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}';
const NODE_CACHE = 'dns.nodeLocal=true';

export const netpolDnsNodeLocal: Rule = {
  name: 'netpol-dns-node-local',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Pods may ask the pods of the cluster DNS, but not the NodeLocal DNSCache that answers in their place.',
  why: 'With NodeLocal DNSCache the node itself answers at the address of the cluster DNS: a selector of pods does not match it, and where the CNI does not exempt the own node names do not resolve.',
  fix: 'admit UDP and TCP 53 to the addresses of the cache too (ipBlock 169.254.20.10/32 and the address of kube-dns)',
  sources: ['kubernetes/website:content/en/docs/tasks/administer-cluster/nodelocaldns.md'],
  examples: {
    bad: { manifests: manifests(WEB, toDns(`to: [${DNS_PODS}], `)), set: [NODE_CACHE] },
    good: {
      manifests: manifests(
        WEB,
        toDns(`to: [${DNS_PODS}, {ipBlock: {cidr: 169.254.20.10/32}}, {ipBlock: {cidr: 10.96.0.10/32}}], `),
      ),
      set: [NODE_CACHE],
    },
  },
  run: (input) =>
    input.snapshot.profile.dns.nodeLocal ? input.groups.all.flatMap((group) => hitOf(input, group)) : [],
};

function toDns(to: string): string {
  return policyOf(
    'web',
    'policyTypes: [Egress]',
    `egress: [{${to}ports: [{port: 53, protocol: UDP}, {port: 53}]}]`,
  );
}

function hitOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  const policies = group.origin === undefined ? [] : isolating(input, group, 'egress');
  const pod = podOfGroup(input, group);
  if (policies.length === 0 || pod === undefined || !asksClusterDns(group)) return [];
  const { cluster, policies: index, profile } = input.snapshot;
  const from = partyOfPod(cluster, pod);
  const answers = (to: Party) =>
    decideDirection(index, { from, to, protocol: 'udp', port: profile.dns.port }, 'egress').action ===
    'allow';
  const isCacheOpen = clusterDnsAddresses(cluster).every((ip) => answers({ kind: 'address', ip }));
  const reachesPods = dnsServerPods(input).some(
    (server) =>
      verdictOf(input, { from: pod, to: server.pod, protocol: 'udp', port: server.port }, 'egress').action ===
      'allow',
  );
  if (isCacheOpen || !reachesPods) return [];
  return [
    {
      subject: group.subject,
      path: ['metadata', 'name'],
      message: `${subjectName(group.subject)} may ask the pods of the cluster DNS, but NodeLocal DNSCache answers on the node, at ${clusterDnsAddresses(
        cluster,
      )
        .map(({ text }) => text)
        .join(' and ')}, which no egress rule admits`,
      related: policies.map((policy) => policyEvidence(policy, 'isolates it for egress')),
    },
  ];
}
