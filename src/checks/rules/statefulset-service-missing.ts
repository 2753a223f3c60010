import { nearest } from '../../diagnostics/did-you-mean.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const headless = (name: string) =>
  service(name, 'clusterIP: None', 'selector: {app: db}', 'ports: [{port: 5432}]');
const SET = workload('db', { kind: 'StatefulSet', spec: ['serviceName: db'] });

export const statefulsetServiceMissing: Rule = {
  name: 'statefulset-service-missing',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['StatefulSet'],
  what: 'The serviceName of a StatefulSet is no Service.',
  why: 'Its pods run, but the cluster DNS has no names for them: POD.SERVICE does not resolve.',
  fix: 'make a headless Service of that name',
  sources: [
    'kubernetes/website:content/en/docs/concepts/workloads/controllers/statefulset.md#stable-network-id',
  ],
  examples: {
    bad: { manifests: manifests(SET, headless('postgres')) },
    good: { manifests: manifests(SET, headless('db')) },
  },
  run: (input) =>
    input.snapshot.objects.ofKind('StatefulSet').flatMap((each) => {
      const { serviceName } = each.body;
      const { namespace } = each.metadata;
      if (serviceName === undefined || input.hasService(namespace, serviceName)) return [];
      const subject = subjectOf(each);
      const own = input.snapshot.cluster.services.filter((other) => other.namespace === namespace);
      const [near] = nearest(
        serviceName,
        own.map(({ name }) => name),
        1,
      );
      const meant = near === undefined ? undefined : input.service(namespace, near);
      return [
        {
          subject,
          path: ['spec', 'serviceName'],
          message: `${subjectName(subject)} names Service ${serviceName}, which namespace ${namespace} does not have`,
          related:
            meant === undefined
              ? []
              : [
                  {
                    subject: subjectOf(meant),
                    path: ['metadata', 'name'],
                    message: 'comes near',
                    role: 'closest' as const,
                  },
                ],
          fact: serviceName,
          ...(near === undefined ? {} : { help: `did you mean ${near}?` }),
          gate: input.gates.reference('Service', namespace),
        },
      ];
    }),
};
