import type { SidecarObject } from '../../k8s/kinds/sidecar.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { istioObject } from '../example-meshes.ts';
import type { Hit } from '../hit.ts';
import type { Rule } from '../rule.ts';
import { subjectName, subjectOf } from '../subject.ts';

const WEB = workload('web', { labels: 'app: web, tier: front' });

export const istioSidecarConflict: Rule = {
  name: 'istio-sidecar-conflict',
  severity: 'error',
  precision: 'certain',
  tier: 2,
  kinds: ['Sidecar'],
  what: 'Two Sidecars govern the same pods: two without a selector in a namespace, or two whose selectors have a pod in common.',
  why: 'A proxy takes one of them, the older, and nothing of the other.',
  fix: 'put both into one, or make the selectors exclude each other',
  sources: ['istio/istio:pkg/config/analysis/analyzers/sidecar (IST0110, IST0111)'],
  examples: {
    bad: { manifests: manifests(WEB, sidecar('a', 'app: web'), sidecar('b', 'tier: front')) },
    good: { manifests: manifests(WEB, sidecar('a', 'app: web'), sidecar('b', 'tier: back')) },
  },
  run: hitsOf,
};

function sidecar(name: string, labels: string): string {
  return istioObject('networking', 'Sidecar', name, [
    `workloadSelector: {labels: {${labels}}}`,
    'egress: [{hosts: ["./*"]}]',
  ]);
}

/** The later by name is told, wherever the two stand. */
function hitsOf(input: CheckInput): readonly Hit[] {
  const named = input.snapshot.objects
    .ofKind('Sidecar')
    .map((object) => ({ object, subject: subjectOf(object), key: subjectName(subjectOf(object)) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return named.flatMap(({ object, subject, key }, index): readonly Hit[] => {
    const other = named.slice(0, index).find((each) => isRival(input, each.object, object));
    if (other === undefined) return [];
    return [
      {
        subject,
        path: object.body.workloadSelector === undefined ? ['spec'] : ['spec', 'workloadSelector'],
        message: `${other.key} and ${key} govern the same pods: the older of them counts`,
        related: [{ subject: other.subject, path: ['spec'], message: 'governs them too' }],
        fact: other.key,
      },
    ];
  });
}

function isRival({ groups }: CheckInput, a: SidecarObject, b: SidecarObject): boolean {
  const { namespace } = a.metadata;
  const [one, other] = [a.body.workloadSelector, b.body.workloadSelector];
  if (namespace !== b.metadata.namespace) return false;
  if (one === undefined || other === undefined) return one === other;
  const selected = new Set(groups.select(namespace, one));
  return groups.select(namespace, other).some((group) => selected.has(group));
}
