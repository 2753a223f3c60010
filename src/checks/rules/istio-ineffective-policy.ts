import { meshMembership } from '../../control/mesh/membership.ts';
import type { AuthorizationPolicyObject, AuthorizationRule } from '../../k8s/kinds/authorization-policy.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import { podOfGroup } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';
import { selectedWorkloads } from '../workload-selection.ts';

const AROUND = [namespace('default', 'istio.io/dataplane-mode: ambient'), workload('web')];

export const istioIneffectivePolicy: Rule = {
  name: 'istio-ineffective-policy',
  severity: 'warning',
  precision: 'certain',
  tier: 2,
  kinds: ['AuthorizationPolicy'],
  what: 'An AuthorizationPolicy for pods of an ambient mesh asks for what only HTTP tells: methods, paths, hosts, tokens.',
  why: 'The ztunnel of a node sees connections, not requests: a rule to allow that asks for them matches nothing, and one to deny denies everything.',
  fix: 'bind the policy to the waypoint of the Service (targetRefs), or ask for ports and identities only',
  sources: ['istio/istio.io:content/en/docs/ambient/usage/l4-policy/index.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, policy('methods: [GET]')) },
    good: { manifests: manifests(...AROUND, policy('ports: ["8080"]')) },
  },
  run: (input) => input.snapshot.objects.ofKind('AuthorizationPolicy').flatMap((each) => hitsOf(input, each)),
};

function policy(operation: string): string {
  return istioObject('security', 'AuthorizationPolicy', 'web', [
    'selector: {matchLabels: {app: web}}',
    `rules: [{to: [{operation: {${operation}}}]}]`,
  ]);
}

function hitsOf(input: CheckInput, object: AuthorizationPolicyObject): readonly Hit[] {
  const { rules, targetRefs, action } = object.body;
  const rule = rules.find(asksForRequests);
  if (rule === undefined || targetRefs.length > 0) return [];
  const group = selectedWorkloads(input, object).find((each) => isAmbient(input, each));
  if (group === undefined) return [];
  const subject = subjectOf(object);
  const fate = action === 'DENY' ? 'denies every connection' : 'admits nothing';
  return [
    {
      subject,
      path: rule.path,
      message: `a rule of ${subjectName(subject)} asks for more than a connection shows: for ${subjectName(group.subject)}, which is in an ambient mesh, it ${fate}`,
      related: [
        {
          subject: group.subject,
          path: [...group.templatePath, 'metadata'],
          message: 'has no proxy of its own',
        },
      ],
      fact: rule.path.join('.'),
    },
  ];
}

const OF_REQUESTS = ['methods', 'paths', 'hosts'];

function asksForRequests({ from, to, when }: AuthorizationRule): boolean {
  return (
    (to?.some((operation) => OF_REQUESTS.some((key) => operation.has(key))) ?? false) ||
    (from?.some((source) => source.has('requestPrincipals')) ?? false) ||
    when.some(({ key }) => key.startsWith('request.'))
  );
}

function isAmbient(input: CheckInput, group: PodGroup): boolean {
  const pod = podOfGroup(input, group);
  if (pod === undefined) return false;
  const labels = input.snapshot.cluster.namespaces.get(pod.namespace)?.labels ?? new Map<string, string>();
  return meshMembership(pod, labels).membership === 'ambient';
}
