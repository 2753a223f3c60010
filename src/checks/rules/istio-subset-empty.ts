import { printLabels } from '../../control/closest-words.ts';
import { labelsMatch } from '../../k8s/selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { destinationRule, VERSIONS } from '../example-meshes.ts';
import type { Evidence, Hit } from '../hit.ts';
import { hostIn, serviceOfHost } from '../meshes.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

export const istioSubsetEmpty: Rule = {
  name: 'istio-subset-empty',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['DestinationRule'],
  what: 'A subset of a DestinationRule selects no pod of its Service.',
  why: 'Requests for the subset are answered with 503 (no healthy upstream). Pods must have the labels of the subset and be selected by the Service.',
  fix: 'correct the labels of the subset, or those of the pods',
  sources: ['istio/istio:pilot/pkg/model/endpointshards.go'],
  examples: {
    bad: { manifests: manifests(VERSIONS, subset('v3')) },
    good: { manifests: manifests(VERSIONS, subset('v1')) },
  },
  run: hitsOf,
};

function subset(version: string): string {
  return destinationRule('web', 'host: my-service', `subsets: [{name: one, labels: {version: ${version}}}]`);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects.ofKind('DestinationRule').flatMap((object) => {
    const service = serviceOfHost(input, hostIn(input, object.body.host, object.metadata.namespace));
    const selector = service?.body.selector;
    if (service === undefined || selector === undefined) return [];
    const { namespace } = service.metadata;
    const pods = input.groups.select(namespace, selector);
    const subject = subjectOf(object);
    return object.body.subsets.flatMap(({ name, labels, path }): readonly Hit[] => {
      if (labels.size === 0 || pods.some((group) => labelsMatch(labels, group.labels))) return [];
      const other = input.groups.select(namespace, labels)[0];
      const near: readonly Evidence[] =
        other === undefined
          ? []
          : [
              {
                subject: other.subject,
                path: [...other.templatePath, 'metadata', 'labels'],
                message: 'has the labels, but the Service does not select it',
                role: 'closest',
              },
            ];
      return [
        {
          subject,
          path: [...path, 'labels'],
          message: `subset ${name} of ${subjectName(subject)} is empty: no pod of Service ${service.metadata.name} has ${printLabels(labels)}`,
          related: [
            {
              subject: subjectOf(service),
              path: ['spec', 'selector'],
              message: `selects ${printLabels(selector)}`,
            },
            ...near,
          ],
          fact: `${name} ${printLabels(labels)}`,
          gate: input.gates.selection([namespace]),
          cause: { rule: 'service-no-backends', subject: subjectOf(service) },
        },
      ];
    });
  });
}
