import type { CheckInput } from '../check-input.ts';
import { manifests, object, service } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const POD = object('v1', 'Pod', 'a', [
  'spec: {hostname: a, subdomain: grid, containers: [{name: main, image: a}]}',
]).replace('{name: a}', '{name: a, labels: {app: grid}}');

export const podSubdomainUnresolvable: Rule = {
  name: 'pod-subdomain-unresolvable',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: [],
  what: 'A pod has a subdomain, but no headless Service of that name selects it.',
  why: 'The cluster DNS has no name HOSTNAME.SUBDOMAIN for the pod; the pod itself cannot resolve its own full name elsewhere.',
  fix: 'make a headless Service of that name that selects the pod',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/dns-pod-service.md'],
  examples: {
    bad: { manifests: POD },
    good: {
      manifests: manifests(
        POD,
        service('grid', 'clusterIP: None', 'selector: {app: grid}', 'ports: [{port: 80}]'),
      ),
    },
  },
  run: (input) => input.groups.all.flatMap((group) => hitsOf(input, group)),
};

function hitsOf(input: CheckInput, group: PodGroup): readonly Hit[] {
  const { subdomain } = group.spec;
  // Pods of a StatefulSet get both from their controller.
  if (subdomain === undefined || group.kind === 'StatefulSet' || group.origin === undefined) return [];
  const path = [...group.templatePath, 'spec', 'subdomain'];
  const service = input.service(group.namespace, subdomain);
  if (service === undefined) {
    if (input.hasService(group.namespace, subdomain)) return [];
    const message = `${subjectName(group.subject)} has the subdomain ${subdomain}, but there is no Service of that name`;
    return [{ subject: group.subject, path, message, fact: subdomain }];
  }
  const { body } = service;
  if (body.headless && (body.selector === undefined || selects(input, body.selector, group))) return [];
  const owner = subjectOf(service);
  const what = body.headless ? 'does not select it' : 'is not headless';
  return [
    {
      subject: group.subject,
      path,
      message: `${subjectName(group.subject)} has the subdomain ${subdomain}, but ${subjectName(owner)} ${what}`,
      related: [{ subject: owner, path: body.headless ? ['spec', 'selector'] : ['spec'], message: what }],
      fact: subdomain,
    },
  ];
}

function selects(input: CheckInput, selector: ReadonlyMap<string, string>, group: PodGroup): boolean {
  return input.groups.select(group.namespace, selector).includes(group);
}
