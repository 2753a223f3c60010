import { cidrContains } from '../../net/cidr.ts';
import { refTo, valueAt } from '../../source/ref.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const withIp = (ip: string) =>
  service('web', `clusterIP: ${ip}`, 'selector: {app: web}', 'ports: [{port: 80}]');
const RANGE = ['serviceCIDRs=[10.96.0.0/12]'];

export const serviceClusterIpRange: Rule = {
  name: 'service-cluster-ip-range',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'The clusterIP of a Service lies outside the serviceCIDRs that the profile or the cluster has.',
  why: 'The API server refuses it: "provided IP is not in the valid range".',
  fix: 'leave clusterIP out, or write an address of the range',
  sources: ['kubernetes/kubernetes:pkg/registry/core/service/ipallocator/ipallocator.go'],
  examples: {
    bad: { manifests: manifests(withIp('192.0.2.7'), WEB), set: RANGE },
    good: { manifests: manifests(withIp('10.96.0.7'), WEB), set: RANGE },
  },
  run({ snapshot }) {
    const { profile, objects } = snapshot;
    if (!profile.given.has('serviceCIDRs')) return [];
    const ranges = profile.serviceCidrs;
    return objects.ofKind('Service').flatMap((each) =>
      each.body.clusterIps
        .map((ip, index) => ({ ip, index }))
        .filter(({ ip }) => !ranges.some((range) => cidrContains(range, ip)))
        .map(({ ip, index }) => {
          const isFirst = index === 0 && valueAt(refTo(each.origin, 'spec', 'clusterIP')) !== undefined;
          const subject = subjectOf(each);
          return {
            subject,
            path: isFirst ? ['spec', 'clusterIP'] : ['spec', 'clusterIPs', index],
            message: `${subjectName(subject)} asks for ${ip.text}, outside ${ranges.map(({ text }) => text).join(', ')}`,
            fact: ip.text,
          };
        }),
    );
  },
};
