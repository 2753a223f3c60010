/** Objects and profile to the cluster: what is written, and by stable rules what nobody wrote. */

import { sortedByKey } from '../collections/order.ts';
import type { Report } from '../diagnostics/diagnostic.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Ip } from '../net/ip.ts';
import { reportAddressProblems } from './address-problems.ts';
import { assignAddresses, type PodAddresses } from './assign-addresses.ts';
import type { Cluster, ClusterService, Node, Pod, PodKey } from './cluster.ts';
import { type Expansion, expandDaemonSets, expandReplicas } from './expand-workloads.ts';
import { withFacts } from './facts.ts';
import { finishPod } from './finish-pod.ts';
import { impliedDnsPods } from './implied-services.ts';
import { readLivePods } from './live-pods.ts';
import { reportNamelessNodes } from './nameless-nodes.ts';
import { buildNamespaces, namespaceLabels } from './namespaces.ts';
import { type BuiltNodes, buildNodes, type NodeFacts } from './nodes.ts';
import { nodesForPods } from './nodes-for-pods.ts';
import { indexOwners, workloadKey } from './owners.ts';
import { placePods } from './place-pods.ts';
import { daemonNodes } from './placement/node-rules.ts';
import { reportUnplaced } from './placement/unplaced.ts';
import type { PodDraft } from './pod-draft.ts';
import { indexPods } from './pod-index.ts';
import type { ClusterProfile } from './profile.ts';
import { reportRangeProblems } from './range-problems.ts';
import { buildServices } from './services.ts';

/** Builds the cluster. Nothing is thrown for bad input: what cannot be used is reported. */
export function buildCluster(objects: ObjectSet, asked: ClusterProfile, report: Report): Cluster {
  const profile = withFacts(asked, objects, report);
  const services = buildServices(objects, profile, report);
  const { drafts, nodes, nodeOf } = podsAndNodes({ objects, profile, services, report });
  const pods = finishPods(drafts, { nodes, nodeOf }, { objects, profile, report });
  const cluster = { profile, objects, ...indexNodes(nodes), ...indexPods(pods), services };
  reportNamelessNodes(cluster, report);
  reportAddressProblems(cluster, report);
  reportRangeProblems(cluster, report);
  return { ...cluster, namespaces: buildNamespaces(objects, profile, namespacesNamed(cluster)) };
}

interface Sources {
  readonly objects: ObjectSet;
  readonly profile: ClusterProfile;
  readonly services: readonly ClusterService[];
  readonly report: Report;
}

/** Pods in the order of their keys, and the nodes for them; stored input has no other pods than its own. */
function podsAndNodes({ objects, profile, services, report }: Sources): {
  readonly drafts: readonly PodDraft[];
} & BuiltNodes {
  const owners = indexOwners(objects);
  const live = sortedByKey(readLivePods(objects, owners));
  if (profile.input === 'stored') {
    return { drafts: live, ...buildNodes({ objects, profile, pods: live, spares: 0 }) };
  }
  const alive = live.flatMap(({ namespace, workload }) =>
    workload ? [workloadKey(namespace, workload)] : [],
  );
  const names = new Set(live.map(({ key }) => key));
  const expansion: Expansion = { objects, owners, alive: new Set(alive), names, report };
  const replicas = [...live, ...expandReplicas(expansion)];
  const { nodes, nodeOf } = nodesForPods({ objects, profile, pods: replicas });
  const daemons = expandDaemonSets(expansion, (spec) => daemonNodes(spec, nodes));
  const pods = [...replicas, ...daemons];
  return {
    drafts: sortedByKey([...pods, ...impliedDnsPods(services, profile, { pods, objects })]),
    nodes,
    nodeOf,
  };
}

function finishPods(
  drafts: readonly PodDraft[],
  { nodes, nodeOf: shown }: BuiltNodes,
  { objects, profile, report }: Pick<Sources, 'objects' | 'profile' | 'report'>,
): readonly Pod[] {
  const authored = profile.input === 'authored';
  const labelsOf = namespaceLabels(objects, profile);
  const placement = authored
    ? placePods({ drafts, nodes, shown, namespaceLabels: labelsOf })
    : { nodeOf: writtenNodes(drafts), unplaced: [] };
  const { nodeOf } = placement;
  reportUnplaced(placement.unplaced, report);
  const addresses = assignAddresses({
    drafts,
    nodeOf,
    nodes: new Map(nodes.map(({ node }) => [node.name, node])),
    families: profile.ipFamilies,
    invent: authored,
    report,
  });
  const none: PodAddresses = { ips: [], assumed: false };
  return drafts.map((draft) =>
    finishPod(draft, { node: nodeOf.get(draft.key), addresses: addresses.get(draft.key) ?? none, authored }),
  );
}

function writtenNodes(drafts: readonly PodDraft[]): ReadonlyMap<PodKey, string> {
  return new Map(drafts.flatMap(({ key, node }) => (node === undefined ? [] : [[key, node] as const])));
}

function indexNodes(facts: readonly NodeFacts[]): Pick<Cluster, 'nodes' | 'nodeByName' | 'nodeByIp'> {
  const nodes = facts.map(({ node }) => node);
  const nodeByIp = new Map<Ip, Node>();
  for (const node of nodes) for (const ip of node.addresses) if (!nodeByIp.has(ip)) nodeByIp.set(ip, node);
  return { nodes, nodeByName: new Map(nodes.map((node) => [node.name, node])), nodeByIp };
}

/** Namespaces that objects are in, and what is implied. */
function namespacesNamed({
  objects,
  pods,
  services,
}: Pick<Cluster, 'objects' | 'pods' | 'services'>): Set<string> {
  const names = new Set(objects.objects.map(({ metadata }) => metadata.namespace));
  for (const { namespace } of [...pods, ...services]) names.add(namespace);
  names.delete('');
  return names;
}
