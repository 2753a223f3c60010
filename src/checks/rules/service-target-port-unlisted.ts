import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { portName, portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';
import { targetPorts } from '../target-ports.ts';

const WEB = workload('web', { ports: '[{containerPort: 8080}]' });

export const serviceTargetPortUnlisted: Rule = {
  name: 'service-target-port-unlisted',
  severity: 'info',
  precision: 'heuristic',
  tier: 1,
  kinds: ['Service'],
  what: 'The targetPort of a Service is a number that no selected pod declares, though the pods declare ports.',
  why: 'A containerPort is information only: it works if the process listens there, and is refused if it does not.',
  fix: 'write the port on which the process listens, and declare it as a containerPort',
  sources: ['kubernetes/kubernetes#73049'],
  examples: {
    bad: {
      manifests: manifests(
        service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8081}]'),
        WEB,
      ),
    },
    good: {
      manifests: manifests(
        service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]'),
        WEB,
      ),
    },
  },
  run: (input) =>
    targetPorts(input).flatMap(({ subject, port, groups }) => {
      const { targetPort } = port;
      const declaring = groups.filter(({ ports }) => ports.length > 0);
      const isListed = groups.some(({ ports }) =>
        ports.some(({ containerPort }) => containerPort === targetPort),
      );
      if (typeof targetPort !== 'number' || declaring.length === 0 || isListed) return [];
      const names = declaring.map((group) => subjectName(group.subject)).join(', ');
      return [
        {
          subject,
          path: [...port.path, 'targetPort'],
          message: `${portName(port)} of ${subjectName(subject)} targets ${targetPort}, which ${names} ${declaring.length === 1 ? 'does' : 'do'} not declare; it works only if the process listens there`,
          related: declaring.map(portsEvidence),
          fact: String(targetPort),
        },
      ];
    }),
};
