import type { PolicyRule, PortItem } from '../../policy/policy.ts';
import type { CheckInput } from '../check-input.ts';
import { dnsServerPods, type PodFlow, verdictOf } from '../connections.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, podOfGroup, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');

export const netpolDnsNoTcp: Rule = {
  name: 'netpol-dns-no-tcp',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'Pods may ask the cluster DNS by UDP, but not by TCP.',
  why: 'Answers that do not fit into a UDP message are asked for again by TCP (RFC 7766): those names do not resolve.',
  fix: 'admit TCP 53 beside UDP 53',
  sources: ['RFC 7766'],
  examples: {
    bad: { manifests: manifests(WEB, egress('{port: 53, protocol: UDP}')) },
    good: { manifests: manifests(WEB, egress('{port: 53, protocol: UDP}, {port: 53, protocol: TCP}')) },
  },
  run: (input) => ruleViews(input).flatMap((view) => hitsOf(input, view)),
};

function egress(ports: string): string {
  return policyOf('web', 'policyTypes: [Egress]', `egress: [{ports: [${ports}]}]`);
}

function hitsOf(input: CheckInput, { policy, subject, rule, selected }: RuleView): readonly Hit[] {
  if (policy.direction !== 'egress') return [];
  const item = dnsItem(input, rule);
  if (item === undefined) return [];
  for (const group of selected) {
    const from = podOfGroup(input, group);
    if (from === undefined) continue;
    for (const { pod: to, port } of dnsServerPods(input)) {
      if (!admits(input, { from, to, protocol: 'udp', port }, rule)) continue;
      if (admits(input, { from, to, protocol: 'tcp', port })) continue;
      return [
        {
          subject,
          path: pathIn(policy, item.origin),
          message: `${subjectName(subject)} admits questions to the cluster DNS by UDP, and nothing admits them by TCP`,
          fact: `${port}`,
        },
      ];
    }
  }
  return [];
}

/** The item of the rule that is about the port of the cluster DNS; a wide range is not meant for it. */
function dnsItem(input: CheckInput, { ports }: PolicyRule): PortItem | undefined {
  const numbers = new Set(dnsServerPods(input).map(({ port }) => port));
  return ports?.find(
    (item) =>
      item.kind === 'range' && item.protocol === 'udp' && item.from === item.to && numbers.has(item.from),
  );
}

/** @param rule must be among those that admit the flow. */
function admits(input: CheckInput, flow: PodFlow, rule?: PolicyRule): boolean {
  const { action, rules } = verdictOf(input, flow, 'egress');
  return action === 'allow' && (rule === undefined || rules.some((cited) => cited.rule === rule));
}
