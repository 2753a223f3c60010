import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const balanced = (...more: readonly string[]) =>
  service('web', 'type: LoadBalancer', 'selector: {app: web}', 'ports: [{port: 80}]', ...more);

/** Annotations by which clouds keep a load balancer inside, and the value that does it. */
const INTERNAL: readonly (readonly [string, RegExp])[] = [
  ['service.beta.kubernetes.io/aws-load-balancer-internal', /^(true|0\.0\.0\.0\/0)$/],
  ['service.beta.kubernetes.io/aws-load-balancer-scheme', /^internal$/],
  ['service.beta.kubernetes.io/azure-load-balancer-internal', /^true$/],
  ['networking.gke.io/load-balancer-type', /^internal$/i],
  ['cloud.google.com/load-balancer-type', /^internal$/i],
  ['service.beta.kubernetes.io/openstack-internal-load-balancer', /^true$/],
  ['service.beta.kubernetes.io/oci-load-balancer-internal', /^true$/],
  ['service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type', /^private$/],
];

export const loadBalancerOpen: Rule = {
  name: 'load-balancer-open',
  severity: 'off',
  precision: 'heuristic',
  tier: 2,
  kinds: ['Service'],
  what: 'A load balancer has neither source ranges nor an annotation that keeps it inside.',
  why: 'Most clouds make it reachable from the whole Internet.',
  fix: 'set loadBalancerSourceRanges, or the annotation of the cloud for internal load balancers',
  examples: {
    bad: { manifests: manifests(balanced(), WEB) },
    good: { manifests: manifests(balanced('loadBalancerSourceRanges: [203.0.113.0/24]'), WEB) },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      const { body, metadata } = each;
      const isInternal = INTERNAL.some(([key, value]) => value.test(metadata.annotations.get(key) ?? ''));
      if (body.type !== 'LoadBalancer' || body.loadBalancerSourceRanges.length > 0 || isInternal) return [];
      const subject = subjectOf(each);
      return [
        { subject, path: ['spec', 'type'], message: `${subjectName(subject)} is open to every address` },
      ];
    }),
};
