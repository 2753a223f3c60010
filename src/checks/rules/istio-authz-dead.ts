import { printLabels } from '../../control/closest-words.ts';
import type { AuthorizationPolicyObject } from '../../k8s/kinds/authorization-policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests } from '../example-manifests.ts';
import { istioObject, VERSIONS } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';
import { selectedWorkloads, servicePortMistake } from '../workload-selection.ts';

export const istioAuthzDead: Rule = {
  name: 'istio-authz-dead',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['AuthorizationPolicy'],
  what: 'An AuthorizationPolicy selects no pod, or a port of it is one of the Service.',
  why: 'The policy is for nobody, or never matches: ports are those that the pods listen on.',
  fix: 'correct the selector, or write the target port of the Service',
  sources: ['istio/api:security/v1beta1/authorization_policy.proto'],
  examples: {
    bad: { manifests: manifests(VERSIONS, allow(80)) },
    good: { manifests: manifests(VERSIONS, allow(8080)) },
  },
  run: hitsOf,
};

function allow(port: number): string {
  return istioObject('security', 'AuthorizationPolicy', 'web', [
    'selector: {matchLabels: {app: my}}',
    `rules: [{to: [{operation: {ports: ["${port}"]}}]}]`,
  ]);
}

function hitsOf(input: CheckInput): readonly Hit[] {
  return input.snapshot.objects
    .ofKind('AuthorizationPolicy')
    .flatMap((object) => [...unselected(input, object), ...servicePorts(input, object)]);
}

function unselected(input: CheckInput, object: AuthorizationPolicyObject): readonly Hit[] {
  const { selector } = object.body;
  if (selector === undefined || selectedWorkloads(input, object).length > 0) return [];
  const subject = subjectOf(object);
  const { namespace } = object.metadata;
  return [
    {
      subject,
      path: ['spec', 'selector'],
      message: `${subjectName(subject)} is for no pod: none has ${printLabels(selector)}`,
      fact: printLabels(selector),
      gate: input.gates.selection([namespace]),
    },
  ];
}

function servicePorts(input: CheckInput, object: AuthorizationPolicyObject): readonly Hit[] {
  const pods = selectedWorkloads(input, object);
  const subject = subjectOf(object);
  return object.body.rules.flatMap(({ to, path }) =>
    (to ?? []).flatMap((operation, number) =>
      (operation.get('ports')?.values ?? []).flatMap((text, index): readonly Hit[] => {
        const mistake = servicePortMistake(input, pods, Number(text));
        if (mistake === undefined) return [];
        return [
          {
            subject,
            path: [...path, 'to', number, 'operation', 'ports', index],
            message: `port ${text} of ${subjectName(subject)} is one of Service ${mistake.service.metadata.name}; its pods listen on ${mistake.target}`,
            related: [
              {
                subject: subjectOf(mistake.service),
                path: mistake.path,
                message: `leads to ${mistake.target}`,
              },
            ],
            fact: text,
            help: `write ${mistake.target}`,
          },
        ];
      }),
    ),
  );
}
