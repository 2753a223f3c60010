/** The nodes that the input shows, and which pods may run on them. */

import type { NodeFacts } from '../cluster/nodes.ts';
import { daemonNodes, refusalOf } from '../cluster/placement/node-rules.ts';
import { type OfInput, perInput } from './check-input.ts';
import type { PodGroup } from './pod-groups.ts';

/** Nodes that an object or the profile names; invented ones prove nothing. */
export const knownNodes: OfInput<readonly NodeFacts[]> = perInput(({ snapshot: { cluster } }) => {
  const objects = new Map(
    cluster.objects.ofKind('Node').map((object) => [object.metadata.name, object.body]),
  );
  const given = new Set(cluster.profile.nodes.flatMap(({ name }) => name ?? []));
  return cluster.nodes
    .filter(({ name }) => objects.has(name) || given.has(name))
    .map((node) => {
      const { unschedulable = false, taints = [] } = objects.get(node.name) ?? {};
      return { node, unschedulable, taints, labelsKnown: true, spare: false };
    });
});

/** Names of those of the nodes that pods of the group may run on. */
export function eligibleNodes({ kind, spec }: PodGroup, nodes: readonly NodeFacts[]): readonly string[] {
  if (kind === 'DaemonSet') return daemonNodes(spec, nodes);
  return nodes
    .filter(
      (facts) =>
        spec.nodeName === facts.node.name ||
        (spec.nodeName === undefined && refusalOf(spec, facts) === undefined),
    )
    .map(({ node }) => node.name);
}
