import type { CitedRule } from '../../policy/verdict.ts';
import { ADMIN_KINDS } from '../admin-policies.ts';
import type { CheckInput } from '../check-input.ts';
import { dnsServerPods, verdictOf } from '../connections.ts';
import { asksClusterDns } from '../env-addresses.ts';
import { manifests, workload } from '../example-manifests.ts';
import { clusterPolicy } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { pathIn, podOfGroup, policySubject } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web');
const DENY = '{action: Deny, to: [{namespaces: {}}]}';
const ACCEPT =
  '{action: Accept, to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}}], protocols: [{udp: {destinationPort: {number: 53}}}, {tcp: {destinationPort: {number: 53}}}]}';

export const netpolAdminDenyDns: Rule = {
  name: 'netpol-admin-deny-dns',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ADMIN_KINDS,
  what: 'A rule of a policy for the cluster denies pods the cluster DNS.',
  why: 'No NetworkPolicy can open what the admin tier denies: names do not resolve, and nearly every program waits in vain.',
  fix: 'accept UDP and TCP 53 to the pods of the cluster DNS in a rule before this one',
  sources: ['kubernetes-sigs/network-policy-api:conformance/tests'],
  examples: {
    bad: { manifests: manifests(WEB, clusterPolicy('deny', {}, `egress: [${DENY}]`)) },
    good: { manifests: manifests(WEB, clusterPolicy('deny', {}, `egress: [${ACCEPT}, ${DENY}]`)) },
  },
  run: hitsOf,
};

interface Cut {
  readonly cited: CitedRule;
  readonly groups: PodGroup[];
}

/** One hit for each rule that cuts pods off. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const cuts = new Map<CitedRule['rule'], Cut>();
  for (const group of input.groups.all) {
    const cited = denying(input, group);
    if (cited === undefined) continue;
    const known = cuts.get(cited.rule);
    if (known === undefined) cuts.set(cited.rule, { cited, groups: [group] });
    else known.groups.push(group);
  }
  return [...cuts.values()].map(hitOf);
}

/** The rule that denies every server of the cluster DNS to the pods of the group. */
function denying(input: CheckInput, group: PodGroup): CitedRule | undefined {
  const pod = group.origin === undefined ? undefined : podOfGroup(input, group);
  if (pod === undefined || pod.hostNetwork || !asksClusterDns(group)) return undefined;
  const rules = dnsServerPods(input).map(({ pod: server, port }) => {
    const flow = { from: pod, to: server, protocol: 'udp' as const, port };
    const verdicts = [verdictOf(input, flow, 'egress'), verdictOf(input, flow, 'ingress')];
    const denied = verdicts.find(({ reason }) => reason === 'admin-deny' || reason === 'baseline-deny');
    return denied?.rules[0];
  });
  return rules.includes(undefined) ? undefined : rules[0];
}

function hitOf({ cited: { policy, rule }, groups }: Cut): Hit {
  const subject = policySubject(policy);
  const [first] = groups;
  const others = groups.length === 1 ? '' : ` and ${groups.length - 1} more`;
  const whom = first === undefined ? '' : subjectName(first.subject);
  return {
    subject,
    path: pathIn(policy, rule.origin),
    message: `this rule of ${subjectName(subject)} denies the cluster DNS to ${whom}${others}`,
    related:
      first === undefined ? [] : [{ subject: first.subject, path: ['metadata', 'name'], message: 'asks it' }],
    fact: policy.direction,
  };
}
