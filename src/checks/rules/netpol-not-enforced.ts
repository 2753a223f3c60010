import { compareText } from '../../collections/order.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = manifests(workload('web'), policyOf('web', 'policyTypes: [Ingress]'));

export const netpolNotEnforced: Rule = {
  name: 'netpol-not-enforced',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'There are NetworkPolicies, and the CNI of the cluster enforces none.',
  why: 'The API server stores policies for whoever enforces them. Here nobody does: every connection that they refuse is open.',
  fix: "use a CNI that enforces policies, or add an engine (canal is Calico's with flannel)",
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: WEB, set: ['cni.name=flannel'] },
    good: { manifests: WEB, set: ['cni.name=calico'] },
  },
  run: hitsOf,
};

function hitsOf({ snapshot }: CheckInput): readonly Hit[] {
  const { profile, objects, dataplane } = snapshot;
  if (!profile.given.has('cni.name') || dataplane.cni.facets.policy.enforces) return [];
  const policies = objects
    .ofKind('NetworkPolicy')
    .toSorted((a, b) => compareText(subjectName(subjectOf(a)), subjectName(subjectOf(b))));
  const [first] = policies;
  if (first === undefined) return [];
  const others = policies.length === 1 ? '' : ` and the ${policies.length - 1} others`;
  const changes = policies.length === 1 ? 'changes' : 'change';
  const subject = subjectOf(first);
  return [
    {
      subject,
      path: ['spec'],
      message: `${profile.cni.name} alone enforces no NetworkPolicy: ${subjectName(subject)}${others} ${changes} nothing`,
    },
  ];
}
