import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const balanced = (...more: readonly string[]) =>
  service(
    'web',
    'type: LoadBalancer',
    'loadBalancerSourceRanges: [203.0.113.0/24]',
    'selector: {app: web}',
    'ports: [{port: 80}]',
    ...more,
  );

export const loadBalancerNodePortOpen: Rule = {
  name: 'load-balancer-node-port-open',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'A load balancer has source ranges, but its node ports are allocated all the same.',
  why: 'The ranges are about its own address: who reaches a node gets in by the node port.',
  fix: 'set allocateLoadBalancerNodePorts: false, if the load balancer does not use them',
  sources: ['kubernetes/kubernetes:pkg/proxy/iptables/proxier.go'],
  examples: {
    bad: { manifests: manifests(balanced(), WEB) },
    good: { manifests: manifests(balanced('allocateLoadBalancerNodePorts: false'), WEB) },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      const { type, loadBalancerSourceRanges, allocateLoadBalancerNodePorts } = each.body;
      const isOpen = type === 'LoadBalancer' && allocateLoadBalancerNodePorts;
      if (!isOpen || loadBalancerSourceRanges.length === 0) return [];
      const subject = subjectOf(each);
      return [
        {
          subject,
          path: ['spec', 'loadBalancerSourceRanges'],
          message: `the source ranges of ${subjectName(subject)} do not hold for its node ports`,
        },
      ];
    }),
};
