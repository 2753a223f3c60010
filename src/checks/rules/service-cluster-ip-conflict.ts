import { refTo, valueAt } from '../../source/ref.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { inOrderOfName, type Subject, subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const withIp = (name: string, ip: string) =>
  service(name, `clusterIP: ${ip}`, 'selector: {app: web}', 'ports: [{port: 80}]');

export const serviceClusterIpConflict: Rule = {
  name: 'service-cluster-ip-conflict',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'Two Services ask for the same cluster address.',
  why: 'The API server refuses the second one: "provided IP is already allocated".',
  fix: 'give one of them another clusterIP, or none',
  sources: ['kubernetes/kubernetes:pkg/registry/core/service/ipallocator/ipallocator.go'],
  examples: {
    bad: { manifests: manifests(withIp('a', '10.96.0.20'), withIp('b', '10.96.0.20'), WEB) },
    good: { manifests: manifests(withIp('a', '10.96.0.20'), withIp('b', '10.96.0.21'), WEB) },
  },
  *run({ snapshot }): Generator<Hit> {
    const owners = new Map<string, Subject>();
    for (const each of inOrderOfName(snapshot.objects.ofKind('Service'))) {
      const subject = subjectOf(each);
      for (const [index, { text }] of each.body.clusterIps.entries()) {
        const owner = owners.get(text);
        const isListed = index > 0 || valueAt(refTo(each.origin, 'spec', 'clusterIP')) === undefined;
        const path = isListed ? ['spec', 'clusterIPs', index] : ['spec', 'clusterIP'];
        if (owner === undefined) owners.set(text, subject);
        else {
          yield {
            subject,
            path,
            message: `${subjectName(subject)} asks for ${text}, which ${subjectName(owner)} has`,
            related: [{ subject: owner, path: ['spec', 'clusterIP'], message: `has ${text}` }],
            fact: text,
          };
        }
      }
    }
  },
};
