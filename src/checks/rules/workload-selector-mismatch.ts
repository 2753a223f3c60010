import { WORKLOAD_KINDS } from '../../cluster/owners.ts';
import { printLabels } from '../../control/closest-words.ts';
import { labelsMatch, selectorMatches } from '../../k8s/selector.ts';
import { workload } from '../example-manifests.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web');

export const workloadSelectorMismatch: Rule = {
  name: 'workload-selector-mismatch',
  severity: 'error',
  precision: 'certain',
  tier: 1,
  kinds: [...WORKLOAD_KINDS],
  what: 'The selector of a workload does not select the pods of its own template.',
  why: 'The API server refuses it: "`selector` does not match template `labels`".',
  fix: 'make selector and template labels equal',
  sources: ['kubernetes/kubernetes:pkg/apis/apps/validation/validation.go'],
  examples: {
    bad: { manifests: WEB.replace('matchLabels: {app: web}', 'matchLabels: {app: www}') },
    good: { manifests: WEB },
  },
  run: ({ snapshot: { objects } }) =>
    WORKLOAD_KINDS.flatMap((kind) =>
      objects.ofKind(kind).flatMap((each) => {
        const { selector, template } = each.body;
        // A Job's selector is made by its controller.
        if (selector === undefined || kind === 'Job' || selectorMatches(selector, template.labels)) return [];
        const subject = subjectOf(each);
        const byLabels = !labelsMatch(selector.matchLabels, template.labels);
        const field = kind === 'ReplicationController' ? [] : [byLabels ? 'matchLabels' : 'matchExpressions'];
        return [
          {
            subject,
            path: ['spec', 'selector', ...field],
            message: `the selector of ${subjectName(subject)} (${printLabels(selector.matchLabels)}) does not match its template (${printLabels(template.labels)})`,
            related: [
              {
                subject,
                path: [...template.path, 'metadata', 'labels'],
                message: `the template has ${printLabels(template.labels)}`,
              },
            ],
          },
        ];
      }),
    ),
};
