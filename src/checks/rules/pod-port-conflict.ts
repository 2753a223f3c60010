import type { ContainerPort } from '../../k8s/kinds/pod-spec.ts';
import { manifests, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const WEB = workload('web', { ports: '[{containerPort: 8080}]' });
const sidecar = (port: number) =>
  `${WEB}        - {name: side, image: side, ports: [{containerPort: ${port}}]}\n`;

export const podPortConflict: Rule = {
  name: 'pod-port-conflict',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: [],
  what: 'Two containers of a pod declare the same port with the same protocol.',
  why: 'The containers of a pod share one network: only one of them can listen there, and the other one fails to start.',
  fix: 'let one of them listen on another port',
  sources: ['kubernetes/kubernetes:pkg/api/pod/warnings.go'],
  examples: { bad: { manifests: manifests(sidecar(8080)) }, good: { manifests: manifests(sidecar(9090)) } },
  run: ({ groups }) => groups.all.flatMap((group) => (group.origin === undefined ? [] : [...hitsOf(group)])),
};

function* hitsOf({ subject, spec }: PodGroup): Generator<Hit> {
  const owners = new Map<string, { readonly container: string; readonly port: ContainerPort }>();
  const sidecars = spec.initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const { name, ports } of [...spec.containers, ...sidecars]) {
    for (const port of ports) {
      const key = `${port.containerPort}/${port.protocol.toUpperCase()}`;
      const owner = owners.get(key);
      if (owner === undefined) owners.set(key, { container: name, port });
      else if (owner.container !== name) {
        yield {
          subject,
          path: port.path,
          message: `containers ${owner.container} and ${name} of ${subjectName(subject)} both declare ${key}`,
          related: [{ subject, path: owner.port.path, message: `declares ${key} in ${owner.container}` }],
          fact: key,
        };
      }
    }
  }
}
