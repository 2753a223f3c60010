import { printLabels } from '../../control/closest-words.ts';
import type { Labels } from '../../k8s/object.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import { nearSelection } from '../near-selection.ts';
import type { Rule } from '../rule.ts';
import { type Subject, subjectName, subjectOf } from '../subject.ts';
import { selectedWorkloads } from '../workload-selection.ts';

export const istioSelectsNothing: Rule = {
  name: 'istio-selects-nothing',
  severity: 'warning',
  precision: 'closed-world',
  tier: 2,
  kinds: ['Sidecar', 'RequestAuthentication', 'DestinationRule'],
  what: 'The selector of a Sidecar, RequestAuthentication or DestinationRule selects no pod.',
  why: 'No proxy takes it: its settings are for nobody.',
  fix: 'correct the labels',
  sources: ['istio/istio:pkg/config/analysis/msg/messages.yaml (IST0127)'],
  examples: {
    bad: { manifests: manifests(workload('web'), sidecar('app: wbe')) },
    good: { manifests: manifests(workload('web'), sidecar('app: web')) },
  },
  run: (input) => selections(input).flatMap((each) => hitsOf(input, each)),
};

function sidecar(labels: string): string {
  return istioObject('networking', 'Sidecar', 'web', [
    `workloadSelector: {labels: {${labels}}}`,
    'egress: [{hosts: ["./*"]}]',
  ]);
}

interface Selection {
  readonly subject: Subject;
  readonly key: string;
  readonly selector: Labels;
  readonly isEmpty: boolean;
}

function selections(input: CheckInput): readonly Selection[] {
  const { objects } = input.snapshot;
  const ofNetworking = [...objects.ofKind('Sidecar'), ...objects.ofKind('DestinationRule')].flatMap(
    (object): readonly Selection[] => {
      const selector = object.body.workloadSelector;
      if (selector === undefined) return [];
      const isEmpty = input.groups.select(object.metadata.namespace, selector).length === 0;
      return [{ subject: subjectOf(object), key: 'workloadSelector', selector, isEmpty }];
    },
  );
  const ofSecurity = objects.ofKind('RequestAuthentication').flatMap((object): readonly Selection[] => {
    const { selector } = object.body;
    if (selector === undefined) return [];
    const isEmpty = selectedWorkloads(input, { metadata: object.metadata, body: { selector } }).length === 0;
    return [{ subject: subjectOf(object), key: 'selector', selector, isEmpty }];
  });
  return [...ofNetworking, ...ofSecurity];
}

function hitsOf(input: CheckInput, { subject, key, selector, isEmpty }: Selection): readonly Hit[] {
  if (!isEmpty || selector.size === 0) return [];
  const near = nearSelection(input, [subject.namespace], selector);
  return [
    {
      subject,
      path: ['spec', key],
      message: `${subjectName(subject)} is for no pod: none has ${printLabels(selector)}${near.words}`,
      related: near.evidence,
      fact: printLabels(selector),
      ...(near.help === undefined ? {} : { help: near.help }),
      gate: input.gates.selection([subject.namespace]),
    },
  ];
}
