/** Namespaces: those written, those that objects are in, and in authored input those of every cluster. */

import { compareText } from '../collections/order.ts';
import type { Labels } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Namespace } from './cluster.ts';
import type { ClusterProfile } from './profile.ts';

/** kubernetes/kubernetes:pkg/controlplane/controller/systemnamespaces, pkg/apis/core default namespace. */
const OF_EVERY_CLUSTER = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];
/** Does the API server make this namespace in every cluster? */
export function isNamespaceOfEveryCluster(name: string): boolean {
  return OF_EVERY_CLUSTER.includes(name);
}

/** Set by the API server on every namespace (KEP-2161). */
const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The labels of any namespace, whether it is written or only named. */
export function namespaceLabels(
  objects: ObjectSet,
  { input }: ClusterProfile,
): (namespace: string) => Labels {
  const known = new Map<string, Labels>();
  for (const { metadata } of objects.ofKind('Namespace')) known.set(metadata.name, metadata.labels);
  return (namespace) => {
    const labels: Labels = known.get(namespace) ?? new Map();
    return input === 'authored' ? new Map([...labels, [NAME_LABEL, namespace]]) : labels;
  };
}

/**
 * The namespaces by name, in the order of their names.
 * @param named namespaces that objects are in.
 */
export function buildNamespaces(
  objects: ObjectSet,
  profile: ClusterProfile,
  named: Iterable<string>,
): ReadonlyMap<string, Namespace> {
  const authored = profile.input === 'authored';
  const written = new Map(objects.ofKind('Namespace').map((object) => [object.metadata.name, object]));
  const names = new Set([...written.keys(), ...named, ...(authored ? OF_EVERY_CLUSTER : [])]);
  const labelsOf = namespaceLabels(objects, profile);
  return new Map(
    [...names].sort(compareText).map((name) => {
      const object = written.get(name);
      return [
        name,
        {
          name,
          labels: labelsOf(name),
          ...(object === undefined ? {} : { origin: object.origin }),
        },
      ];
    }),
  );
}
