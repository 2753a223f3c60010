import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');

export const netpolPortNameIpBlock: Rule = {
  name: 'netpol-port-name-ip-block',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'An egress rule to address blocks alone names its port.',
  why: 'Names of ports are those of pods: an address outside has none, so that the item admits nothing.',
  fix: 'write the number of the port',
  examples: {
    bad: { manifests: manifests(WEB, egress('https')) },
    good: { manifests: manifests(WEB, egress('443')) },
  },
  run: (input) => ruleViews(input).flatMap(hitsOf),
};

function egress(port: string): string {
  return policyOf(
    'web',
    'policyTypes: [Egress]',
    `egress: [{to: [{ipBlock: {cidr: 198.51.100.0/24}}], ports: [{port: ${port}}]}]`,
  );
}

function hitsOf({ policy, subject, rule }: RuleView): readonly Hit[] {
  if (policy.direction !== 'egress' || rule.peers === undefined || rule.peers.length === 0) return [];
  if (!rule.peers.every(({ kind }) => kind === 'block')) return [];
  return (rule.ports ?? []).flatMap((item): readonly Hit[] =>
    item.kind !== 'named'
      ? []
      : [
          {
            subject,
            path: [...pathIn(policy, item.origin), 'port'],
            message: `${subjectName(subject)} names port ${item.name} of an address block: addresses have no named ports`,
            fact: item.name,
          },
        ],
  );
}
