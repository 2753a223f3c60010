import { PROXY_CONTAINER } from '../../control/mesh/membership.ts';
import type { CheckInput } from '../check-input.ts';
import { manifests, workload } from '../example-manifests.ts';
import { namespace } from '../example-policies.ts';
import type { Hit } from '../hit.ts';
import type { PodGroup } from '../pod-groups.ts';
import type { Rule } from '../rule.ts';
import { subjectName } from '../subject.ts';

const GATEWAY = workload('gateway').replace(
  'name: main\n          image: gateway',
  'name: istio-proxy\n          image: auto',
);

export const istioImageAuto: Rule = {
  name: 'istio-image-auto',
  severity: 'error',
  precision: 'closed-world',
  tier: 2,
  kinds: [],
  what: 'A container has the image `auto`, and nothing injects the proxy into its pod.',
  why: 'The injector writes the image in its place: without it the kubelet looks for an image of that name, and the pod does not start.',
  fix: 'label the namespace istio-injection: enabled (or istio.io/rev), or the pod sidecar.istio.io/inject: "true"',
  sources: ['istio/istio:pkg/config/analysis/analyzers/injection/image-auto.go (IST0146, IST0147)'],
  examples: {
    bad: { manifests: manifests(namespace('default', 'team: shop'), GATEWAY) },
    good: { manifests: manifests(namespace('default', 'istio-injection: enabled'), GATEWAY) },
  },
  run: (input) => input.groups.all.flatMap((group) => hitsOf(input, group)),
};

const LABELS = ['istio-injection', 'istio.io/rev', 'sidecar.istio.io/inject'];

/** Only the labels count here: a container called istio-proxy is no proof of an injection. */
function hitsOf({ snapshot, gates }: CheckInput, group: PodGroup): readonly Hit[] {
  const { containers, initContainers } = group.spec;
  const auto = [...containers, ...initContainers].find(
    ({ name, image }) => name === PROXY_CONTAINER && image === 'auto',
  );
  if (group.origin === undefined || auto === undefined) return [];
  const around = snapshot.cluster.namespaces.get(group.namespace)?.labels;
  const off = ['false', 'disabled'];
  const words = LABELS.map((key) => group.labels.get(key) ?? around?.get(key) ?? '');
  if (words.some((word) => word !== '' && !off.includes(word))) return [];
  return [
    {
      subject: group.subject,
      path: [...auto.path, 'image'],
      message: `container ${auto.name} of ${subjectName(group.subject)} waits for the injector, which leaves namespace ${group.namespace} and the pod alone`,
      fact: auto.name,
      gate:
        snapshot.cluster.namespaces.get(group.namespace)?.origin === undefined
          ? (gates.reference('Namespace', '') ?? {
              reason: `namespace ${group.namespace} has such a label: the input has no Namespace object of it`,
              related: [],
            })
          : undefined,
    },
  ];
}
