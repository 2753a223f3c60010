import { printLabels } from '../../control/closest-words.ts';
import type { Labels } from '../../k8s/object.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, service, workload } from '../example-manifests.ts';
import type { Hit } from '../hit.ts';
import { nearSelection } from '../near-selection.ts';
import type { Rule } from '../rule.ts';
import { type SelectingService, selectingServices } from '../services.ts';
import { subjectName } from '../subject.ts';

const SERVICE = service('web', 'selector: {app: web}', 'ports: [{port: 80, targetPort: 8080}]');

export const serviceNoBackends: Rule = {
  name: 'service-no-backends',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['Service'],
  what: 'The selector of a Service matches no pod, and no pod template, of its namespace.',
  why: 'The Service has no endpoints: connections to it are refused.',
  fix: 'correct the selector, or the labels of the pods; a Service selects pods of its own namespace only',
  sources: ['kubernetes/endpointslice:reconciler.go'],
  examples: {
    bad: { manifests: manifests(SERVICE, workload('webb', { ports: '[{containerPort: 8080}]' })) },
    good: { manifests: manifests(SERVICE, workload('web', { ports: '[{containerPort: 8080}]' })) },
  },
  run: (input) =>
    selectingServices(input)
      .filter(({ groups }) => groups.length === 0)
      .flatMap((each) => hitOf(input, each)),
};

const MOVE = 'move one of them into the namespace of the other: a Service selects in its own only';

function hitOf(input: CheckInput, { service: object, subject, selector }: SelectingService): readonly Hit[] {
  const ignored = input.ignoredLabels(serviceNoBackends.name);
  const wanted: Labels = new Map([...selector].filter(([key]) => !ignored.has(key)));
  const { namespace } = object.metadata;
  if (wanted.size < selector.size && input.groups.select(namespace, wanted).length > 0) return [];
  const { evidence, words, isElsewhere, ...near } = nearSelection(input, [namespace], wanted);
  const mayMeet = isElsewhere && [subject, ...evidence.map((each) => each.subject)].some(input.isUnplaced);
  if (mayMeet) return [];
  const help = isElsewhere ? MOVE : near.help;
  return [
    {
      subject,
      path: ['spec', 'selector'],
      message: `${subjectName(subject)} selects no pod: nothing in namespace ${namespace} has ${printLabels(wanted)}${words}`,
      related: evidence,
      fact: printLabels(new Map([...wanted].toSorted())),
      ...(help === undefined ? {} : { help }),
      gate: input.gates.selection([namespace]),
    },
  ];
}
