import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { portName } from '../services.ts';
import { inOrderOfName, type Subject, subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 80}]' });
const nodePort = (name: string, port: number) =>
  service(name, 'type: NodePort', 'selector: {app: web}', `ports: [{port: 80, nodePort: ${port}}]`);

export const serviceNodePortConflict: Rule = {
  name: 'service-node-port-conflict',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'Two Services ask for the same node port with the same protocol.',
  why: 'The API server refuses the second one: "provided port is already allocated".',
  fix: 'give one of them another nodePort, or none',
  sources: ['kubernetes/kubernetes:pkg/registry/core/service/portallocator/allocator.go'],
  examples: {
    bad: { manifests: manifests(nodePort('a', 30080), nodePort('b', 30080), WEB) },
    good: { manifests: manifests(nodePort('a', 30080), nodePort('b', 30081), WEB) },
  },
  *run({ snapshot }): Generator<Hit> {
    const owners = new Map<string, { readonly subject: Subject; readonly path: Hit['path'] }>();
    for (const each of inOrderOfName(snapshot.objects.ofKind('Service'))) {
      if (each.body.type !== 'NodePort' && each.body.type !== 'LoadBalancer') continue;
      const subject = subjectOf(each);
      for (const port of each.body.ports) {
        if (port.nodePort === undefined) continue;
        const key = `${port.nodePort}/${port.protocol.toUpperCase()}`;
        const path = [...port.path, 'nodePort'];
        const owner = owners.get(key);
        if (owner === undefined) owners.set(key, { subject, path });
        else {
          const own = subjectName(owner.subject);
          yield {
            subject,
            path,
            message: `${portName(port)} of ${subjectName(subject)} asks for node port ${key}, which ${own} has`,
            related: [{ ...owner, message: `node port ${key}` }],
            fact: key,
          };
        }
      }
    }
  },
};
