import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const DNS_PORT = 53;

export const netpolDnsProtocol: Rule = {
  name: 'netpol-dns-protocol',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'An egress rule admits port 53 by TCP alone.',
  why: 'A port without a protocol is one of TCP. Names are asked for by UDP first, which stays refused.',
  fix: 'add an item with protocol: UDP',
  sources: ['kubernetes/api:networking/v1/types.go NetworkPolicyPort.Protocol'],
  examples: {
    bad: { manifests: manifests(WEB, egress('{port: 53}')) },
    good: { manifests: manifests(WEB, egress('{port: 53}, {port: 53, protocol: UDP}')) },
  },
  run: (input) => ruleViews(input).flatMap(hitsOf),
};

function egress(ports: string): string {
  return policyOf('web', 'policyTypes: [Egress]', `egress: [{ports: [${ports}]}]`);
}

function hitsOf({ policy, subject, rule }: RuleView): readonly Hit[] {
  if (policy.direction !== 'egress' || rule.ports === undefined) return [];
  const dns = rule.ports.filter(
    (item) => item.kind === 'range' && item.from <= DNS_PORT && DNS_PORT <= item.to,
  );
  const single = dns.find(
    (item) => item.kind === 'range' && item.protocol === 'tcp' && item.from === item.to,
  );
  const hasUdp = policy.rules.some(({ ports }) =>
    ports?.some(
      (item) =>
        item.kind === 'range' && item.protocol === 'udp' && item.from <= DNS_PORT && DNS_PORT <= item.to,
    ),
  );
  const isOpen = policy.rules.some(({ ports }) => ports === undefined);
  if (single === undefined || hasUdp || isOpen) return [];
  return [
    {
      subject,
      path: pathIn(policy, single.origin),
      message: `${subjectName(subject)} admits port 53 by TCP, and by UDP nowhere`,
      fact: 'tcp',
    },
  ];
}
