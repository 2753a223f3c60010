import { intersectPorts, isEmpty, type PortSet, printPorts } from '../../net/port-set.ts';
import { portsOfItems } from '../../policy/allowed-ports.ts';
import { partyOfPod } from '../../policy/party.ts';
import type { CompiledPolicy } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { isolating, portsBetween } from '../connections.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import {
  isEverything,
  opposite,
  type PodsPeerView,
  pathIn,
  podOfGroup,
  podsPeerViews,
  policyEvidence,
} from '../policies.ts';
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

interface Refusal {
  readonly other: PodGroup;
  readonly ports: PortSet;
  readonly policies: readonly CompiledPolicy[];
}

/** The first refusal, where every pair of pods is refused: the search ends with the first that gets through. */
function refusalOfAll(input: CheckInput, view: PodsPeerView): Refusal | undefined {
  let first: Refusal | undefined;
  for (const own of view.selected) {
    for (const other of view.groups) {
      const refusal = refusalOf(input, view, { own, other });
      if (refusal === undefined) return undefined;
      first ??= refusal;
    }
  }
  return first;
}

/** undefined: something of what the rule admits gets through, or nobody can know. */
function refusalOf(
  input: CheckInput,
  { policy, rule }: PodsPeerView,
  { own, other }: { readonly own: PodGroup; readonly other: PodGroup },
): Refusal | undefined {
  const side = opposite(policy.direction);
  const policies = isolating(input, other, side);
  if (own === other || policies.length === 0) return undefined;
  const [ownPod, otherPod] = [podOfGroup(input, own), podOfGroup(input, other)];
  if (ownPod === undefined || otherPod === undefined || ownPod.hostNetwork) return undefined;
  const [from, to] = policy.direction === 'egress' ? [ownPod, otherPod] : [otherPod, ownPod];
  const ports = portsOfItems(rule.ports, partyOfPod(input.snapshot.cluster, to));
  if (isEmpty(ports) || !isEmpty(intersectPorts(ports, portsBetween(input, { from, to }, side)))) {
    return undefined;
  }
  return { other, ports, policies };
}

function portWords(ports: PortSet): string {
  const text = printPorts(ports);
  return text === 'All' ? '' : ` on ${text}`;
}
