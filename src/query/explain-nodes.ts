/** The nodes of `explain cluster`: where each of their facts comes from. */

import type { Cluster, Node } from '../cluster/cluster.ts';
import { nodeMtu } from '../dataplane/underlay.ts';
import type { NodeObject } from '../k8s/kinds/node.ts';
import { refTo } from '../source/ref.ts';
import type { AssumptionCode } from './assumptions.ts';
import type { Fact, NodeAnswer } from './cluster-answer.ts';
import type { Facts } from './facts.ts';

/** Every node, in the order of the cluster. */
export function explainNodes(cluster: Cluster, facts: Facts): readonly NodeAnswer[] {
  const pods = new Map<string, number>();
  for (const { node } of cluster.pods) if (node !== undefined) pods.set(node, (pods.get(node) ?? 0) + 1);
  const objects = new Map(cluster.objects.ofKind('Node').map((object) => [object.metadata.name, object]));
  return cluster.nodes.map((node) => {
    const object = objects.get(node.name);
    const index = node.profileIndex ?? -1;
    const known = { facts, object, key: `nodes.${index}` };
    return {
      name: node.name,
      ...existenceOf(node, { facts, index }),
      addresses: addressesOf(node, known),
      podCidrs: podCidrsOf(node, known),
      mtu: given(known, 'mtu', nodeMtu(node)) ?? facts.assumed(nodeMtu(node), 'A_MTU'),
      pods: pods.get(node.name) ?? 0,
    };
  });
}

interface Known {
  readonly facts: Facts;
  readonly object: NodeObject | undefined;
  /** The node in the profile: `nodes.0`. */
  readonly key: string;
}

function addressesOf(node: Node, known: Known): Fact<readonly string[]> {
  const value = node.addresses.map(({ text }) => text);
  if (node.assumed.addresses) return assumed(known, value, 'A_POD_IP');
  return (
    given(known, 'addresses', value) ??
    given(known, 'primaryAddresses', value) ??
    written(known, value, {
      isThere: (known.object?.body.internalIps.length ?? 0) > 0,
      path: ['status', 'addresses'],
    })
  );
}

function podCidrsOf(node: Node, known: Known): Fact<readonly string[]> {
  const value = node.podCidrs.map(({ text }) => text);
  if (node.assumed.podCidrs) return assumed(known, value, 'A_POD_IP');
  return (
    given(known, 'podCIDRs', value) ??
    written(known, value, {
      isThere: (known.object?.body.podCidrs.length ?? 0) > 0,
      path: ['spec', 'podCIDR'],
    })
  );
}

function assumed<Value>({ facts }: Known, value: Value, code: AssumptionCode): Fact<Value> {
  return facts.assumed(value, code);
}

/** A value of the node in the profile; undefined if the profile does not give it. */
function given<Value>({ facts, key }: Known, field: string, value: Value): Fact<Value> | undefined {
  const path = `${key}.${field}`;
  return facts.isGiven(path) ? facts.ofProfile(path, value) : undefined;
}

/** A value of the Node object; what stands neither there nor in the profile is shown by other objects. */
function written<Value>(
  { facts, object }: Known,
  value: Value,
  { isThere, path }: { readonly isThere: boolean; readonly path: readonly string[] },
): Fact<Value> {
  return object !== undefined && isThere
    ? facts.written(value, refTo(object.origin, ...path))
    : facts.detected(value, undefined);
}

/** A Node object, a node of the profile, one that a pod names, or an invented one. */
function existenceOf(
  node: Node,
  { facts, index }: { readonly facts: Facts; readonly index: number },
): Pick<NodeAnswer, 'source' | 'at'> {
  if (node.assumed.exists) return { source: 'assumed' };
  if (node.origin !== undefined) return { source: 'manifest', at: facts.place(node.origin) };
  if (index < 0) return { source: 'detected' };
  const { source, at } = facts.ofProfile(`nodes.${index}`, node.name);
  return { source, ...(at === undefined ? {} : { at }) };
}
