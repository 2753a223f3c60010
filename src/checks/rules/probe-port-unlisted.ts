import { workload } from '../example-manifests.ts';
import { probePorts } from '../probes.ts';
import type { Rule } from '../rule.ts';
import { printContainerPort } from '../services.ts';
import { subjectName } from '../subject.ts';

const probed = (port: number) =>
  workload('web', {
    ports: '[{containerPort: 8080}]',
    container: [`readinessProbe: {tcpSocket: {port: ${port}}}`],
  });

export const probePortUnlisted: Rule = {
  name: 'probe-port-unlisted',
  severity: 'off',
  precision: 'heuristic',
  tier: 2,
  kinds: [],
  what: 'A probe asks a port by a number that its container does not declare, though it declares ports.',
  why: 'It works if the process listens there; a containerPort is information only.',
  fix: 'declare the port, or correct the number',
  sources: ['kubernetes/kubernetes#73049'],
  examples: { bad: { manifests: probed(9000) }, good: { manifests: probed(8080) } },
  run: (input) =>
    probePorts(input).flatMap(({ group: { subject }, container, probe, port, path }) => {
      const { ports } = container;
      if (typeof port !== 'number' || ports.length === 0) return [];
      if (ports.some(({ containerPort }) => containerPort === port)) return [];
      const declared = ports.map(printContainerPort).join(', ');
      return [
        {
          subject,
          path,
          message: `the ${probe} of container ${container.name} of ${subjectName(subject)} asks port ${port}, but the container declares ${declared}`,
          fact: String(port),
        },
      ];
    }),
};
