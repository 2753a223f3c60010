import { cidrContains } from '../../net/cidr.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Evidence, Hit } from '../hit.ts';
import { type BlockPeer, pathIn, type RuleView, ruleViews } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [
  workload('web'),
  workload('db'),
  service('db', 'clusterIP: 10.96.0.20', 'selector: {app: db}', 'ports: [{port: 5432}]'),
];

export const netpolClusterIpBlock: Rule = {
  name: 'netpol-cluster-ip-block',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'An egress rule admits addresses of Services.',
  why: 'Most CNIs compare packets with policies behind the translation of Service addresses, where the destination is a pod: the block never matches.',
  fix: 'select the pods behind the Service, with a podSelector (and a namespaceSelector where they are elsewhere)',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, egress('{ipBlock: {cidr: 10.96.0.20/32}}')) },
    good: { manifests: manifests(...AROUND, egress('{podSelector: {matchLabels: {app: db}}}')) },
  },
  run: (input) =>
    ruleViews(input).flatMap((view) =>
      view.policy.direction === 'ingress'
        ? []
        : (view.rule.peers ?? []).flatMap((peer) => (peer.kind === 'block' ? hitOf(input, view, peer) : [])),
    ),
};

function egress(peer: string): string {
  return policyOf('web', 'policyTypes: [Egress]', `egress: [{to: [${peer}]}]`);
}

function hitOf(
  input: CheckInput,
  { policy, subject }: RuleView,
  { cidr, origin }: BlockPeer,
): readonly Hit[] {
  const { profile, cluster } = input.snapshot;
  const inside = profile.serviceCidrs.some(
    (range) => cidr.length >= range.length && cidrContains(range, cidr.base),
  );
  const single = cidr.length === (cidr.family === 4 ? 32 : 128);
  const owned = cluster.services.filter(
    ({ clusterIps, assumed }) => !assumed.clusterIps && clusterIps.some((ip) => cidrContains(cidr, ip)),
  );
  if (!inside && !(single && owned.length > 0)) return [];
  if (isNodeCache(input, cidr.text)) return [];
  const [first] = owned;
  const whose =
    single && first !== undefined
      ? `the address of Service ${first.key}`
      : 'in the range of Service addresses';
  return [
    {
      subject,
      path: [...pathIn(policy, origin), 'cidr'],
      message: `${cidr.text} is ${whose}: ${subjectName(subject)} is compared with packets behind the translation, so that it never matches`,
      related: owned.slice(0, 3).flatMap(({ namespace, name, origin: at }): readonly Evidence[] => {
        if (at === undefined) return [];
        const service = { kind: 'Service', namespace, name, origin: at };
        return [{ subject: service, path: ['spec', 'clusterIP'], message: 'has such an address' }];
      }),
      fact: cidr.text,
    },
  ];
}

/** With NodeLocal DNSCache a node itself answers at the address of the cluster DNS, without translation. */
function isNodeCache({ snapshot }: CheckInput, cidr: string): boolean {
  const { nodeLocal, clusterIps } = snapshot.profile.dns;
  return nodeLocal && clusterIps.some(({ text, family }) => cidr === `${text}/${family === 4 ? 32 : 128}`);
}
