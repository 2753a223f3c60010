import type { RulePart } from '../../k8s/policy-parts/parts.ts';
import { manifests, object, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { type Subject, subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const policy = (blocks: string) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', 'out', [
    'spec:',
    '  podSelector: {matchLabels: {app: web}}',
    '  policyTypes: [Egress]',
    `  egress: [{to: [${blocks}]}]`,
  ]);
const BOTH = ['ipFamilies=[IPv4, IPv6]'];

export const dualStackPolicyOneFamily: Rule = {
  name: 'dual-stack-policy-one-family',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'In a cluster with both address families, a rule of a policy admits every address of one family, and none of the other.',
  why: 'Connections over the other family stay blocked; clients that try it first wait, or fail.',
  fix: 'add a block for the other family to the same rule',
  examples: {
    bad: { manifests: manifests(policy('{ipBlock: {cidr: 0.0.0.0/0}}'), WEB), set: BOTH },
    good: {
      manifests: manifests(policy('{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: "::/0"}}'), WEB),
      set: BOTH,
    },
  },
  run({ snapshot }) {
    if (snapshot.profile.ipFamilies.length < 2) return [];
    return snapshot.objects.ofKind('NetworkPolicy').flatMap((each) => {
      const subject = subjectOf(each);
      const { ingress, egress } = each.body;
      return [...ingress, ...egress].flatMap((rule) => hitsOf(subject, rule));
    });
  },
};

function hitsOf(subject: Subject, { peers = [] }: RulePart): readonly Hit[] {
  const blocks = peers.flatMap((peer) => (peer.kind === 'block' ? [peer] : []));
  const whole = blocks.filter(({ cidr }) => cidr.length === 0);
  return whole
    .filter(({ cidr }) => !blocks.some((other) => other.cidr.base.family !== cidr.base.family))
    .map(({ cidr, path }) => {
      const isFour = cidr.base.family === 4;
      return {
        subject,
        path: [...path, 'cidr'],
        message: `${subjectName(subject)} admits ${cidr.text} here and nothing of ${isFour ? 'IPv6' : 'IPv4'}, which stays blocked`,
        fact: cidr.text,
        help: `add ${isFour ? '::/0' : '0.0.0.0/0'} to the same rule`,
      };
    });
}
