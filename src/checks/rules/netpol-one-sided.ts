import { type PortSet, printPorts } from '../../net/port-set.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import {
  isEverything,
  opposite,
  type PodsPeerView,
  pathIn,
  podsPeerViews,
  policyEvidence,
} from '../policies.ts';
import { refusalOfAll } from '../refusals.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web'),
  workload('db'),
  policyOf('web', 'policyTypes: [Egress]', 'egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]'),
];

export const netpolOneSided: Rule = {
  name: 'netpol-one-sided',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A rule of one side admits connections to named pods, and the policies of the other side refuse all of them.',
  why: 'A connection needs both sides: the egress policies of the sender and the ingress policies of the receiver. The rule opens nothing.',
  fix: 'admit the connection on the other side too, or take the rule away',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policyOf('db', 'ingress: []')) },
    good: {
      manifests: manifests(
        ...AROUND,
        policyOf('db', 'ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]'),
      ),
    },
  },
  run: (input) => podsPeerViews(input).flatMap((view) => hitOf(input, view)),
};

/** Only where the peer names pods: a rule for a whole namespace does not say that each of them is meant. */
function hitOf(input: CheckInput, view: PodsPeerView): readonly Hit[] {
  const { policy, subject, peer } = view;
  const { pods } = peer.pods;
  if (pods === undefined || isEverything(pods.selector)) return [];
  const first = refusalOfAll(input, view);
  if (first === undefined) return [];
  const { other, ports, policies } = first;
  const verb = policy.direction === 'egress' ? 'to send to' : 'to receive from';
  return [
    {
      subject,
      path: pathIn(policy, peer.origin),
      message: `${subjectName(subject)} admits its pods ${verb} ${subjectName(other.subject)}${portWords(ports)}, but the ${opposite(policy.direction)} policies of that refuse it`,
      related: policies.map((each) => policyEvidence(each, `isolates ${other.name} for ${each.direction}`)),
      fact: `${subjectName(other.subject)}`,
    },
  ];
}

function portWords(ports: PortSet): string {
  const text = printPorts(ports);
  return text === 'All' ? '' : ` on ${text}`;
}
