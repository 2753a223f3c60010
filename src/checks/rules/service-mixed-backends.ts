import { manifests, service, workload } from '../example-manifests.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { portsEvidence } from '../services.ts';
import { subjectName } from '../subject.ts';
import { targetPorts } from '../target-ports.ts';

const PODS = [
  workload('web', { labels: 'app: shop, tier: web', ports: '[{containerPort: 8080}]' }),
  workload('db', { labels: 'app: shop, tier: db', ports: '[{containerPort: 5432}]' }),
];

export const serviceMixedBackends: Rule = {
  name: 'service-mixed-backends',
  severity: 'warning',
  precision: 'heuristic',
  tier: 1,
  kinds: ['Service'],
  what: 'A Service selects several workloads: some declare its target port, others declare ports, but not that one.',
  why: 'A part of the connections goes to pods that do something else, and is refused there.',
  fix: 'narrow the selector',
  examples: {
    bad: {
      manifests: manifests(
        service('web', 'selector: {app: shop}', 'ports: [{port: 80, targetPort: 8080}]'),
        ...PODS,
      ),
    },
    good: {
      manifests: manifests(
        service('web', 'selector: {app: shop, tier: web}', 'ports: [{port: 80, targetPort: 8080}]'),
        ...PODS,
      ),
    },
  },
  run(input) {
    const others = new Map<string, { readonly group: PodGroup; readonly port: number }[]>();
    const found = targetPorts(input).flatMap((target) => {
      const { port, groups, subject } = target;
      const { targetPort } = port;
      if (typeof targetPort !== 'number') return [];
      const serves = ({ ports }: PodGroup) => ports.some(({ containerPort }) => containerPort === targetPort);
      const stray = groups.filter((group) => group.ports.length > 0 && !serves(group));
      if (stray.length === 0 || !groups.some(serves)) return [];
      const key = subjectName(subject);
      const known = others.get(key);
      const items = stray.map((group) => ({ group, port: targetPort }));
      if (known !== undefined) {
        known.push(...items);
        return [];
      }
      others.set(key, items);
      return [target];
    });
    return found.map(({ subject }) => {
      const items = others.get(subjectName(subject)) ?? [];
      const groups = [...new Set(items.map(({ group }) => group))];
      const ports = [...new Set(items.map(({ port }) => port))];
      const names = groups.map((group) => subjectName(group.subject)).join(', ');
      return {
        subject,
        path: ['spec', 'selector'],
        message: `${subjectName(subject)} also selects ${names}, which ${groups.length === 1 ? 'does' : 'do'} not serve ${ports.join(', ')}`,
        related: groups.map(portsEvidence),
        fact: names,
      };
    });
  },
};
