import type { Labels } from '../k8s/object.ts';

/** The zone that a node's label says; undefined without one, or for an empty one. */
export function zoneOf({ labels }: { readonly labels: Labels }): string | undefined {
  return labels.get('topology.kubernetes.io/zone') || undefined;
}
