import { printSelector } from '../../query/print-selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { policyOf } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import { nearSelection } from '../near-selection.ts';
import { isEverything, type PodsPeerView, pathIn, podsPeerViews, wantedLabels } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

export const netpolPeerMatchesNothing: Rule = {
  name: 'netpol-peer-matches-nothing',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'The podSelector of a peer matches no pod in the namespaces that the peer is about.',
  why: 'The rule admits nobody by this peer: what it was meant to let through is refused.',
  fix: "correct the labels; without a namespaceSelector a peer means pods of the policy's own namespace",
  sources: ['kubernetes/api:networking/v1/types.go NetworkPolicyPeer'],
  examples: {
    bad: {
      manifests: manifests(
        workload('db'),
        workload('carts'),
        policyOf('db', 'ingress:', '  - from:', '      - podSelector: {matchLabels: {app: cart}}'),
      ),
    },
    good: {
      manifests: manifests(
        workload('db'),
        workload('carts'),
        policyOf('db', 'ingress:', '  - from:', '      - podSelector: {matchLabels: {app: carts}}'),
      ),
    },
  },
  run: (input) => podsPeerViews(input).flatMap((view) => hitOf(input, view)),
};

function hitOf(input: CheckInput, view: PodsPeerView): readonly Hit[] {
  const { policy, subject, peer, namespaces, groups } = view;
  const { pods } = peer.pods;
  if (pods === undefined || isEverything(pods.selector) || groups.length > 0) return [];
  if (namespaces.length === 0) return [];
  const ignored = input.ignoredLabels(netpolPeerMatchesNothing.name);
  if (isOfGateway(input, view)) return [];
  const wanted = new Map([...wantedLabels(pods.selector)].filter(([key]) => !ignored.has(key)));
  const { evidence, words, help } = nearSelection(input, namespaces, wanted);
  const where =
    namespaces.length === 1
      ? `namespace ${namespaces[0]}`
      : `the ${namespaces.length} namespaces of the peer`;
  return [
    {
      subject,
      path: pathIn(policy, pods.origin),
      message: `a peer of ${subjectName(subject)} matches no pod: nothing in ${where} has ${printSelector(pods.selector)}${words}`,
      related: evidence,
      fact: `${namespaces.join(',')} ${printSelector(pods.selector)}`,
      ...(help === undefined ? {} : { help }),
      gate: input.gates.selection(namespaces),
      cause: { rule: 'netpol-and-or', subject },
    },
  ];
}

/** Of pods that a controller deploys for a Gateway of the namespace, which have its name as a label (gateway_types.go). */
function isOfGateway({ snapshot }: CheckInput, { peer, namespaces }: PodsPeerView): boolean {
  const name =
    peer.pods.pods === undefined ? undefined : wantedLabels(peer.pods.pods.selector).get(GATEWAY_NAME);
  return snapshot.objects
    .ofKind('Gateway')
    .some(({ metadata }) => metadata.name === name && namespaces.includes(metadata.namespace));
}
