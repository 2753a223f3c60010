import { mappingAt, scalarText } from '../../k8s/raw-objects.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { selectingServices } from '../services.ts';
import { subjectName } from '../subject.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]');
const PORTS = '[{containerPort: 8080}]';

export const serviceScaledToZero: Rule = {
  name: 'service-scaled-to-zero',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['Service'],
  what: 'All workloads that a Service selects have no replicas, and nothing scales them.',
  why: 'The Service has no endpoints until somebody scales one of them up.',
  fix: 'set replicas, or let a HorizontalPodAutoscaler do it',
  examples: {
    bad: { manifests: manifests(SERVICE, workload('web', { ports: PORTS, spec: ['replicas: 0'] })) },
    good: { manifests: manifests(SERVICE, workload('web', { ports: PORTS, spec: ['replicas: 1'] })) },
  },
  run(input) {
    const scaled = scaledWorkloads(input);
    const isAsleep = ({ kind, namespace, name, replicas }: PodGroup) =>
      replicas === 0 && !scaled.has(`${namespace}/${kind}/${name}`);
    return selectingServices(input).flatMap(({ subject, groups }) => {
      if (groups.length === 0 || !groups.every(isAsleep)) return [];
      return [
        {
          subject,
          path: ['spec', 'selector'],
          message: `all backends of ${subjectName(subject)} are scaled to 0`,
          related: groups.map((group) => ({
            subject: group.subject,
            path: ['spec', 'replicas'],
            message: 'has no replicas',
          })),
        },
      ];
    });
  },
};

/** `namespace/kind/name` of what autoscalers of the input scale. */
function scaledWorkloads({ snapshot: { objects } }: CheckInput): ReadonlySet<string> {
  const scalers = [...objects.otherOfKind('HorizontalPodAutoscaler'), ...objects.otherOfKind('ScaledObject')];
  return new Set(
    scalers.map(({ namespace, raw }) => {
      const { kind = 'Deployment', name } = mappingAt(raw, 'spec', 'scaleTargetRef');
      return `${namespace}/${scalarText(kind)}/${scalarText(name)}`;
    }),
  );
}
