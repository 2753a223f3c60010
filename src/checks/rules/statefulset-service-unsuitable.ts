import { manifests, service, workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const SET = workload('db', { kind: 'StatefulSet', spec: ['serviceName: db'] });

export const statefulsetServiceUnsuitable: Rule = {
  name: 'statefulset-service-unsuitable',
  severity: 'info',
  precision: 'certain',
  tier: 2,
  kinds: ['StatefulSet'],
  what: 'The Service that a StatefulSet names is not headless, or does not select its pods.',
  why: 'The names POD.SERVICE exist only of a headless Service that selects the pods.',
  fix: 'set clusterIP: None and the labels of the pods as the selector, or name another Service',
  sources: [
    'kubernetes/website:content/en/docs/concepts/workloads/controllers/statefulset.md#stable-network-id',
  ],
  examples: {
    bad: { manifests: manifests(SET, service('db', 'selector: {app: db}', 'ports: [{port: 5432}]')) },
    good: {
      manifests: manifests(
        SET,
        service('db', 'clusterIP: None', 'selector: {app: db}', 'ports: [{port: 5432}]'),
      ),
    },
  },
  run: (input) =>
    input.snapshot.objects.ofKind('StatefulSet').flatMap((each) => {
      const { namespace, name } = each.metadata;
      const owner = input.service(namespace, each.body.serviceName ?? '');
      if (owner === undefined) return [];
      const { headless, selector } = owner.body;
      const selected = selector === undefined ? undefined : input.groups.select(namespace, selector);
      const isSelected =
        selected === undefined ||
        selected.some((group) => group.kind === 'StatefulSet' && group.name === name);
      if (headless && isSelected) return [];
      const subject = subjectOf(each);
      const what = isSelected ? 'is not headless' : 'does not select its pods';
      return [
        {
          subject,
          path: ['spec', 'serviceName'],
          ...(isSelected ? {} : { severity: 'warning' as const }),
          message: `${subjectName(subject)} names ${subjectName(subjectOf(owner))}, which ${what}`,
          related: [
            { subject: subjectOf(owner), path: isSelected ? ['spec'] : ['spec', 'selector'], message: what },
          ],
          fact: what,
        },
      ];
    }),
};
