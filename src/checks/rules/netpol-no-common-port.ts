import { isEmpty, printPorts } from '../../net/port-set.ts';
import { portsOfItems } from '../../policy/allowed-ports.ts';
import { peerMatches } from '../../policy/match.ts';
import { partyOfPod } from '../../policy/party.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { type PodsPeerView, pathIn, podOfGroup, podsPeerViews, policySubject } from '../policies.ts';
import { refusalOfAll, type SideRefusal } from '../refusals.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web'),
  workload('db', { namespace: 'data' }),
  policyOf(
    'web',
    'policyTypes: [Egress]',
    'egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}}], ports: [{port: 5432}]}]',
  ),
];

export const netpolNoCommonPort: Rule = {
  name: 'netpol-no-common-port',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Both sides admit each other, at ports that have none in common.',
  why: 'A connection needs the same port on both sides: the egress policies of the sender and the ingress policies of the receiver. None gets through.',
  fix: 'admit the port of the receiving pods on both sides',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, database(3306)) },
    good: { manifests: manifests(...AROUND, database(5432)) },
  },
  run: (input) =>
    podsPeerViews(input).flatMap((view) => (view.policy.direction === 'egress' ? hitsOf(input, view) : [])),
};

function database(port: number): string {
  const text = policyOf('db', `ingress: [{from: [{namespaceSelector: {}}], ports: [{port: ${port}}]}]`);
  return text.replace('{name: db}', '{name: db, namespace: data}');
}

function hitsOf(input: CheckInput, view: PodsPeerView): readonly Hit[] {
  const refusal = refusalOfAll(input, view);
  if (refusal === undefined) return [];
  const answer = admittingRule(input, refusal);
  if (answer === undefined) return [];
  const { policy, rule, subject, peer } = view;
  const { other, ports } = refusal;
  const refusing = policySubject(answer.policy);
  return [
    {
      subject,
      path: pathIn(policy, peer.origin),
      message: `${subjectName(subject)} lets its pods send to ${subjectName(other.subject)} at ${printPorts(ports)}, and ${subjectName(refusing)} lets that receive at ${answer.text} only`,
      related: [
        { subject: refusing, path: pathIn(answer.policy, answer.at), message: `admits ${answer.text}` },
      ],
      fact: `${rule.index} ${subjectName(other.subject)}`,
      // Where it is told that the other side refuses everything, this says why.
      cause: { rule: 'netpol-one-sided', subject },
    },
  ];
}

/** The first rule of the other side that is about the sender, with its ports. */
function admittingRule(input: CheckInput, { own, other, policies }: SideRefusal) {
  const { cluster, policies: index } = input.snapshot;
  const [sender, receiver] = [podOfGroup(input, own), podOfGroup(input, other)];
  if (sender === undefined || receiver === undefined) return undefined;
  const from = partyOfPod(cluster, sender);
  for (const policy of policies) {
    for (const { peers, ports, origin } of policy.rules) {
      if (peers !== undefined && !peers.some((peer) => peerMatches(index, peer, from))) continue;
      const set = portsOfItems(ports, partyOfPod(cluster, receiver));
      if (!isEmpty(set)) return { policy, at: origin, text: printPorts(set) };
    }
  }
  return undefined;
}
