import { printSelector } from '../../query/print-selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { namespace, policyOf } from '../example-policies.ts';
import type { Evidence, Hit } from '../hit.ts';
import {
  groupsOf,
  isEverything,
  namespacesOf,
  type PodsPeer,
  pathIn,
  type RuleView,
  ruleViews,
} from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const AROUND = [namespace('front', 'team: front'), workload('web', { namespace: 'front' }), workload('db')];

export const netpolAndOr: Rule = {
  name: 'netpol-and-or',
  severity: 'warning',
  precision: 'heuristic',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'A namespaceSelector and a podSelector stand in two items of a list, where one item with both seems to be meant.',
  why: "Two items mean OR: every pod of those namespaces is admitted, and pods of the policy's own namespace by the labels, of which there are none.",
  fix: 'take the dash before podSelector away: one item with both selectors means AND',
  sources: ['kubernetes/website:content/en/docs/concepts/services-networking/network-policies.md'],
  examples: {
    bad: { manifests: manifests(...AROUND, from('- podSelector')) },
    good: { manifests: manifests(...AROUND, from('  podSelector')) },
  },
  run: (input) => ruleViews(input).flatMap((view) => hitOf(input, view)),
};

function from(second: string): string {
  return policyOf(
    'db',
    'ingress:',
    '  - from:',
    '      - namespaceSelector: {matchLabels: {team: front}}',
    `      ${second}: {matchLabels: {app: web}}`,
  );
}

function hitOf(input: CheckInput, { policy, subject, rule }: RuleView): readonly Hit[] {
  const peers = (rule.peers ?? []).flatMap((peer) => (peer.kind === 'pods' ? [peer] : []));
  const byNamespace = peers.filter(({ pods }) => pods.namespaces !== undefined && pods.pods === undefined);
  const lost = peers.find((peer) => isLost(input, peer));
  const selector = lost?.pods.pods?.selector;
  if (lost === undefined || selector === undefined) return [];
  const meant = byNamespace
    .flatMap(({ pods }) => namespacesOf(input, pods))
    .find((name) => input.groups.match(name, selector).length > 0);
  if (meant === undefined) return [];
  return [
    {
      subject,
      path: pathIn(policy, lost.origin).slice(0, -1),
      message: `two items mean OR in ${subjectName(subject)}: no pod of namespace ${policy.namespace} has ${printSelector(selector)}, but pods of namespace ${meant} have, and all others of that namespace are admitted too`,
      related: evidence(input, meant, selector),
      fact: printSelector(selector),
    },
  ];
}

/** Labels alone, that nobody of the policy's namespace has. */
function isLost(input: CheckInput, { pods }: PodsPeer): boolean {
  if (pods.namespaces !== undefined || pods.pods === undefined) return false;
  return !isEverything(pods.pods.selector) && groupsOf(input, pods).length === 0;
}

function evidence(
  { snapshot, groups }: CheckInput,
  name: string,
  selector: Parameters<CheckInput['groups']['match']>[1],
): readonly Evidence[] {
  const origin = snapshot.cluster.namespaces.get(name)?.origin;
  const where: readonly Evidence[] =
    origin === undefined
      ? []
      : [
          {
            subject: { kind: 'Namespace', namespace: '', name, origin },
            path: ['metadata'],
            message: 'is selected, with all its pods',
          },
        ];
  const pods = groups.match(name, selector).map(({ subject, templatePath }) => ({
    subject,
    path: [...templatePath, 'metadata', 'labels'],
    message: 'has these labels',
    role: 'closest' as const,
  }));
  return [...where, ...pods.slice(0, 1)];
}
