import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { portName } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const nodePort = (port: number) =>
  service('web', 'type: NodePort', 'selector: {app: web}', `ports: [{port: 80, nodePort: ${port}}]`);

export const serviceNodePortRange: Rule = {
  name: 'service-node-port-range',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A nodePort lies outside the range of the cluster.',
  why: 'The API server refuses it: "provided port is not in the valid range".',
  fix: 'write a port of the range, or say the range of the cluster: nodePortRange of the profile',
  sources: ['kubernetes/kubernetes:pkg/registry/core/service/portallocator/allocator.go'],
  examples: {
    bad: { manifests: manifests(nodePort(8080), WEB) },
    good: { manifests: manifests(nodePort(30080), WEB) },
  },
  run({ snapshot }) {
    const [from, to] = snapshot.profile.nodePortRange;
    return snapshot.objects.ofKind('Service').flatMap((each) => {
      if (each.body.type !== 'NodePort' && each.body.type !== 'LoadBalancer') return [];
      const subject = subjectOf(each);
      return each.body.ports
        .filter(({ nodePort: port }) => port !== undefined && port !== 0 && (port < from || port > to))
        .map((port) => ({
          subject,
          path: [...port.path, 'nodePort'],
          message: `${portName(port)} of ${subjectName(subject)} asks for node port ${port.nodePort}, outside ${from}-${to}`,
          fact: String(port.nodePort),
        }));
    });
  },
};
