import type { PortItem } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Evidence, Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { destinationsOf, pathIn, printPortItem, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{name: http, containerPort: 8080}]' });

export const netpolPortNameMissing: Rule = {
  name: 'netpol-port-name-missing',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A rule names a port that none of the pods has with that protocol.',
  why: 'A name means what the destination pods declare under it: here nothing, so that the item admits nothing.',
  fix: 'write the name as the containers have it, or the number; protocol is TCP where none is written',
  sources: ['kubernetes/api:networking/v1/types.go NetworkPolicyPort.Port'],
  examples: {
    bad: { manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: web}]}]')) },
    good: { manifests: manifests(WEB, policyOf('web', 'ingress: [{ports: [{port: http}]}]')) },
  },
  run: (input) =>
    ruleViews(input).flatMap((view) => (view.rule.ports ?? []).flatMap((item) => hitOf(input, view, item))),
};

function hitOf(input: CheckInput, view: RuleView, item: PortItem): readonly Hit[] {
  if (item.kind !== 'named') return [];
  const pods = destinationsOf(input, view) ?? everyPod(input, view);
  if (pods.length === 0 || pods.some((group) => declares(group, item))) return [];
  const { policy, subject } = view;
  const other = pods.find(({ ports }) => ports.some(({ name }) => name === item.name));
  const shown = other ?? pods[0];
  const words = other === undefined ? '' : `, only with another protocol`;
  return [
    {
      subject,
      path: [...pathIn(policy, item.origin), 'port'],
      message: `${subjectName(subject)} admits ${printPortItem(item)}, a port that no pod has that the rule is about${words}`,
      related: evidence(shown),
      fact: printPortItem(item),
    },
  ];
}

type NamedPort = Extract<PortItem, { readonly kind: 'named' }>;

function declares({ ports }: PodGroup, { name, protocol }: NamedPort): boolean {
  return ports.some((port) => port.name === name && (protocol === undefined || port.protocol === protocol));
}

/** The rule is about any destination: pods of the input are among them, unless it is about addresses only. */
function everyPod({ groups }: CheckInput, { rule }: RuleView): readonly PodGroup[] {
  return rule.peers === undefined ? groups.all : [];
}

function evidence(group: PodGroup | undefined): readonly Evidence[] {
  return group === undefined ? [] : [portsEvidence(group)];
}
