/**
 * How many nodes are invented. Two, and as many as the pods' number needs; more where rules between pods
 * (required anti-affinity, topology spread, host ports) leave a pod without a node. A pod that waits because we invented
 * too few nodes would be our fault, not the manifests'.
 */

import { sortedByKey } from '../collections/order.ts';
import { namespaceLabels } from './namespaces.ts';
import { type BuiltNodes, buildNodes, type NodeInput } from './nodes.ts';
import { placePods } from './place-pods.ts';
import { asksForPods } from './placement/demands.ts';
import { wantsHostPorts } from './placement/host-ports.ts';
import type { UnplacedPod } from './placement/unplaced.ts';

/** Kubernetes supports no larger clusters (kubernetes/website: setup/best-practices/cluster-large). */
const MOST_NODES = 5000;

/** Builds the nodes; where they are invented, enough of them. */
export function nodesForPods(input: Omit<NodeInput, 'spares'>): BuiltNodes {
  let built = buildNodes({ ...input, spares: 0 });
  const isInvented = built.nodes.every(({ node }) => node.assumed.exists);
  if (!isInvented || !input.pods.some(({ spec }) => asksForPods(spec) || wantsHostPorts(spec))) return built;
  let waiting = crowdedOut(input, built);
  for (let spares = 0; waiting.length > 0 && built.nodes.length < MOST_NODES; ) {
    spares += Math.min(mostOfOneWorkload(waiting), MOST_NODES - built.nodes.length);
    const larger = buildNodes({ ...input, spares });
    const stillWaiting = crowdedOut(input, larger);
    if (stillWaiting.length >= waiting.length) break;
    [built, waiting] = [larger, stillWaiting];
  }
  return built;
}

/** The pods that would have a node if fewer others were there. */
function crowdedOut(
  { objects, profile, pods }: Omit<NodeInput, 'spares'>,
  { nodes, nodeOf }: BuiltNodes,
): readonly UnplacedPod[] {
  const drafts = sortedByKey(pods);
  const labels = namespaceLabels(objects, profile);
  const { unplaced } = placePods({ drafts, nodes, shown: nodeOf, namespaceLabels: labels });
  return unplaced.filter(({ isCrowdedOut }) => isCrowdedOut);
}

/** Replicas of one workload each need a node; those of several may share theirs. */
function mostOfOneWorkload(waiting: readonly UnplacedPod[]): number {
  const counts = new Map<unknown, number>();
  for (const { draft } of waiting) counts.set(draft.origin, (counts.get(draft.origin) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
