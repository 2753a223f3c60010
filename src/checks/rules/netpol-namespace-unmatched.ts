import { printSelector } from '../../query/print-selector.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { namespace, policyOf } from '../example-policies.ts';
import type { Evidence, Hit } from '../hit.ts';
import { type PodsPeerView, pathIn, podsPeerViews, wantedLabels } from '../policies.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

/** Set on every namespace by the API server (kubernetes/kubernetes:pkg/apis/core/v1/defaults.go). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

const FRONT = namespace('front', 'team: front');

export const netpolNamespaceUnmatched: Rule = {
  name: 'netpol-namespace-unmatched',
  severity: 'warning',
  precision: 'closed-world',
  tier: 1,
  kinds: ['NetworkPolicy'],
  what: 'The namespaceSelector of a peer matches no namespace.',
  why: 'The rule admits nobody by this peer. Labels of namespaces are what the Namespace objects have, and their name as kubernetes.io/metadata.name.',
  fix: 'label the namespace, or select it by its name: kubernetes.io/metadata.name',
  sources: ['kubernetes/kubernetes:pkg/apis/core/v1/defaults.go SetDefaults_Namespace'],
  examples: {
    bad: { manifests: manifests(FRONT, workload('db'), fromNamespaces('name: front')) },
    good: { manifests: manifests(FRONT, workload('db'), fromNamespaces(`${NAME_LABEL}: front`)) },
  },
  run: (input) => podsPeerViews(input).flatMap((view) => hitOf(input, view)),
};

function fromNamespaces(labels: string): string {
  return policyOf('db', 'ingress:', '  - from:', `      - namespaceSelector: {matchLabels: {${labels}}}`);
}

function hitOf(input: CheckInput, { policy, subject, peer, namespaces }: PodsPeerView): readonly Hit[] {
  const selection = peer.pods.namespaces;
  if (selection === undefined || namespaces.length > 0) return [];
  const { related, words, help } = meant(input, wantedLabels(selection.selector));
  return [
    {
      subject,
      path: pathIn(policy, selection.origin),
      message: `a peer of ${subjectName(subject)} matches no namespace: none has ${printSelector(selection.selector)}${words}`,
      related,
      fact: printSelector(selection.selector),
      ...(help === undefined ? {} : { help }),
      gate: input.gates.reference('Namespace', ''),
    },
  ];
}

interface Meant {
  readonly related: readonly Evidence[];
  readonly words: string;
  readonly help?: string;
}

/** A namespace whose name is a value that the selector asks for under another key. */
function meant({ snapshot }: CheckInput, wanted: ReadonlyMap<string, string>): Meant {
  for (const [key, value] of wanted) {
    const found = snapshot.cluster.namespaces.get(value);
    if (found === undefined || key === NAME_LABEL) continue;
    const help = `write ${NAME_LABEL}: ${value}`;
    const words = `; namespace ${value} has that name, but no such label`;
    if (found.origin === undefined) return { related: [], words, help };
    const subject = { kind: 'Namespace', namespace: '', name: value, origin: found.origin };
    const message = `has no label ${key}`;
    return { related: [{ subject, path: ['metadata'], message, role: 'closest' }], words, help };
  }
  return { related: [], words: '' };
}
