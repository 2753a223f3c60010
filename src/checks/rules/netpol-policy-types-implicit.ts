import type { ObjectOfKind } from '../../k8s/kinds.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web');
const EGRESS = 'egress: [{ports: [{port: 443}, {port: 53, protocol: UDP}, {port: 53}]}]';

export const netpolPolicyTypesImplicit: Rule = {
  name: 'netpol-policy-types-implicit',
  severity: 'warning',
  precision: 'heuristic',
  tier: 2,
  kinds: ['NetworkPolicy'],
  what: 'A NetworkPolicy has egress rules alone and no policyTypes.',
  why: 'Without policyTypes a policy is always about ingress: its pods accept no connections any more.',
  fix: 'write policyTypes: [Egress], or [Ingress, Egress] where both are meant',
  sources: ['kubernetes/kubernetes:pkg/apis/networking/v1/defaults.go SetDefaults_NetworkPolicy'],
  examples: {
    bad: { manifests: manifests(WEB, policyOf('web', EGRESS)) },
    good: { manifests: manifests(WEB, policyOf('web', 'policyTypes: [Egress]', EGRESS)) },
  },
  run: (input) => input.snapshot.objects.ofKind('NetworkPolicy').flatMap(hitOf),
};

function hitOf(policy: ObjectOfKind<'NetworkPolicy'>): readonly Hit[] {
  const { policyTypes, ingress, egress } = policy.body;
  if (policyTypes.length > 0 || ingress.length > 0 || egress.length === 0) return [];
  const subject = subjectOf(policy);
  return [
    {
      subject,
      path: ['spec', 'egress'],
      message: `${subjectName(subject)} has no policyTypes: with its egress rules alone it closes ingress too`,
    },
  ];
}
