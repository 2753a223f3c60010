import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { isTargetDefaulted } from '../services.ts';
import { subjectName, subjectOf } from '../subject.ts';

const DB = workload('db', { ports: '[{containerPort: 5432}]' });

export const serviceHeadlessPortMapping: Rule = {
  name: 'service-headless-port-mapping',
  severity: 'warning',
  precision: 'certain',
  tier: 1,
  kinds: ['Service'],
  what: 'A headless Service has a targetPort other than its port.',
  why: 'Its name resolves to the pods themselves, and nothing translates ports: who dials the port of the Service is refused by the pod. Only SRV records carry the target port.',
  fix: 'make port and targetPort equal',
  sources: ['kubernetes/dns:docs/specification.md 2.4'],
  examples: {
    bad: {
      manifests: manifests(
        service('db', 'clusterIP: None', 'selector: {app: db}', 'ports: [{port: 80, targetPort: 5432}]'),
        DB,
      ),
    },
    good: {
      manifests: manifests(
        service('db', 'clusterIP: None', 'selector: {app: db}', 'ports: [{port: 5432}]'),
        DB,
      ),
    },
  },
  run: ({ snapshot }) =>
    snapshot.objects.ofKind('Service').flatMap((each) => {
      if (!each.body.headless || each.body.type === 'ExternalName') return [];
      const subject = subjectOf(each);
      return each.body.ports
        .filter((port) => typeof port.targetPort === 'number' && port.targetPort !== port.port)
        .filter((port) => !isTargetDefaulted(each, port))
        .map(({ port, targetPort, path }) => ({
          subject,
          path: [...path, 'targetPort'],
          message: `${subjectName(subject)} is headless: clients reach ${targetPort} directly, ${port} is never translated`,
          fact: `${port} ${targetPort}`,
          help: `port: ${targetPort}, as clients have to dial it anyway`,
        }));
    }),
};
