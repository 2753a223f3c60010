import { peerMatches } from '../../policy/match.ts';
import { partyOfPod } from '../../policy/party.ts';
import type { PortItem } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { type DnsServerPod, dnsServerPods } from '../connections.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const ASKED = 53;

/** A DNS whose pods listen at another port than its Service, as that of OpenShift does. */
const AROUND = [
  workload('web'),
  workload('dns', { namespace: 'kube-system', ports: '[{containerPort: 5353, protocol: UDP}]' }),
  object('v1', 'Service', 'kube-system/kube-dns', [
    'spec: {selector: {app: dns}, ports: [{port: 53, protocol: UDP, targetPort: 5353}]}',
  ]),
];

export const netpolDnsPort: Rule = {
  name: 'netpol-dns-port',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'An egress rule admits port 53 to the pods of the cluster DNS, which listen at another one.',
  why: 'Policies see packets behind the translation of the Service: the destination port is that of the pods, and names do not resolve.',
  fix: 'admit the port of the DNS pods (targetPort of the DNS Service)',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, toPort(53)) },
    good: { manifests: manifests(...AROUND, toPort(5353)) },
  },
  run: (input) => ruleViews(input).flatMap((view) => hitsOf(input, view)),
};

function toPort(port: number): string {
  return policyOf(
    'web',
    'policyTypes: [Egress]',
    `egress: [{to: [{namespaceSelector: {}}], ports: [{port: ${port}, protocol: UDP}]}]`,
  );
}

function hitsOf(input: CheckInput, { policy, subject, rule }: RuleView): readonly Hit[] {
  if (policy.direction !== 'egress') return [];
  const item = rule.ports?.find((each) => holds(each, ASKED));
  const servers = dnsServerPods(input).filter(({ pod }) => {
    const party = partyOfPod(input.snapshot.cluster, pod);
    return (
      rule.peers === undefined || rule.peers.some((peer) => peerMatches(input.snapshot.policies, peer, party))
    );
  });
  const [server] = servers;
  if (item === undefined || server === undefined) return [];
  const isReached = ({ port }: DnsServerPod) =>
    policy.rules.some(({ ports }) => ports === undefined || ports.some((each) => holds(each, port)));
  if (servers.some(({ port }) => port === ASKED) || servers.some(isReached)) return [];
  return [
    {
      subject,
      path: [...pathIn(policy, item.origin), 'port'],
      message: `${subjectName(subject)} admits port ${ASKED}, but the pods of the cluster DNS listen at ${server.port}`,
      fact: String(server.port),
    },
  ];
}

function holds(item: PortItem, port: number): boolean {
  return item.kind === 'range' && item.protocol === 'udp' && item.from <= port && port <= item.to;
}
