import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { portName, portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';
import { namedTargets } from '../target-ports.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: http}]');
const OLD = workload('v1', { labels: 'app: web, version: v1', ports: '[{name: http, containerPort: 8080}]' });

export const serviceTargetPortPartial: Rule = {
  name: 'service-target-port-partial',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'Some of the workloads that a Service selects declare the port that its targetPort names, others do not.',
  why: 'Pods of the others are no endpoints of this port, and get no connections by it.',
  fix: 'give the port the same name in all of them, or narrow the selector',
  sources: ['kubernetes/endpointslice:utils.go FindPort'],
  examples: {
    bad: {
      manifests: manifests(
        SERVICE,
        OLD,
        workload('v2', { labels: 'app: web, version: v2', ports: '[{name: web, containerPort: 8080}]' }),
      ),
    },
    good: {
      manifests: manifests(
        SERVICE,
        OLD,
        workload('v2', { labels: 'app: web, version: v2', ports: '[{name: http, containerPort: 9090}]' }),
      ),
    },
  },
  run: (input) =>
    namedTargets(input).flatMap(({ subject, port, groups, having, lacking }) => {
      if (having.length === 0 || lacking.length === 0) return [];
      return [
        {
          subject,
          path: [...port.path, 'targetPort'],
          message: `${portName(port)} of ${subjectName(subject)}: only ${having.length} of ${groups.length} workloads declare "${port.targetPort}"; the others get no traffic on this port`,
          related: lacking.map(portsEvidence),
          fact: String(port.targetPort),
        },
      ];
    }),
};
