/** CNIs that manifests can show and that are not modelled: an answer must say so. */

import type { Cluster } from '../cluster/cluster.ts';
import type { SourceRef } from '../source/ref.ts';

/** By the image of their node agent's containers. */
const NODE_AGENT_IMAGES: readonly { readonly name: string; readonly image: RegExp }[] = [
  { name: 'kube-router', image: /cloudnativelabs\/kube-router\b/ },
  { name: 'weave', image: /weaveworks\/weave-kube\b/ },
  { name: 'ovn-kubernetes', image: /ovn-kube\b|ovn-kubernetes\b/ },
];

/** Their names. */
export const UNMODELLED_CNIS: readonly string[] = NODE_AGENT_IMAGES.map(({ name }) => name);

/** The first such CNI that the input shows, and where. */
export function detectUnmodelledCni(
  cluster: Cluster,
): { readonly name: string; readonly origin: SourceRef } | undefined {
  for (const daemonSet of cluster.objects.ofKind('DaemonSet')) {
    const { containers, initContainers } = daemonSet.body.template.spec;
    for (const { image } of [...containers, ...initContainers]) {
      const known = NODE_AGENT_IMAGES.find((candidate) => candidate.image.test(image ?? ''));
      if (known !== undefined) return { name: known.name, origin: daemonSet.origin };
    }
  }
  return undefined;
}
