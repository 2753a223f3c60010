/**
 * Everything that a matrix is about, as numbered atoms: classes of pods that no policy tells apart, ordered by
 * namespace; then classes of pods in a node's network; then ranges of outside addresses as sources, then as
 * destinations.
 */

import type { Cluster, Node, Pod } from '../../cluster/cluster.ts';
import type { Labels } from '../../k8s/object.ts';
import type { Cidr } from '../../net/cidr.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import { partyOfPod } from '../party.ts';
import type { CompiledPolicy, Direction, Peer, PodSet } from '../policy.ts';
import { accountOf, type PolicySettings } from '../policy-index.ts';
import { type AddressCuts, cutAddresses, piece, pieceOf } from './address-cuts.ts';

/** Pods that are alike: no policy tells them apart, neither as subjects nor as peers. */
export interface PodClass {
  readonly kind: 'pods';
  readonly namespace: string;
  /** In the order of their keys; never empty. */
  readonly pods: readonly Pod[];
  /** The first of them. */
  readonly pod: Pod;
  readonly ip?: Ip;
}

/** Pods in the network of their nodes; as peers they are the node. */
export interface HostClass {
  readonly kind: 'host';
  readonly namespace: string;
  readonly pods: readonly Pod[];
  readonly pod: Pod;
  readonly node?: Node;
  readonly ip?: Ip;
}

/** Outside addresses from the first to the last. */
export interface OutsideRange {
  readonly kind: 'source-range' | 'destination-range';
  readonly first: Ip;
  readonly last: Ip;
}

export type Atom = PodClass | HostClass | OutsideRange;

export interface Universe {
  readonly atoms: readonly Atom[];
  /** Where each sort begins; pods begin at 0. */
  readonly hostsAt: number;
  readonly sourcesAt: number;
  readonly destinationsAt: number;
  /** The pod classes of a namespace: from the first up to, but not including, the second. */
  readonly namespaces: ReadonlyMap<string, readonly [from: number, to: number]>;
  /** Ranges of outside addresses, as cut by the blocks of each direction's policies. */
  readonly cuts: Readonly<Record<Direction, AddressCuts>>;
}

export interface UniverseInput {
  readonly cluster: Pick<Cluster, 'nodeByName'>;
  /** The pods that the matrix is about. */
  readonly pods: readonly Pod[];
  readonly policies: readonly CompiledPolicy[];
  readonly settings: PolicySettings;
  readonly family: IpFamily;
  /** `pods`: pods in a node's network count as any other. */
  readonly hostNetwork: 'nodes' | 'pods';
}

/** Sorts pods into classes and cuts outside addresses. */
export function buildUniverse(input: UniverseInput): Universe {
  const { policies, family } = input;
  const cuts = {
    ingress: cutAddresses(family, blocksOf(policies, 'ingress')),
    egress: cutAddresses(family, blocksOf(policies, 'egress')),
  };
  const { pods, hosts } = classify(input);
  const namespaces = new Map<string, [number, number]>();
  for (const [index, { namespace }] of pods.entries()) {
    const known = namespaces.get(namespace);
    if (known === undefined) namespaces.set(namespace, [index, index + 1]);
    else known[1] = index + 1;
  }
  const sources = ranges(cuts.ingress, 'source-range');
  const destinations = ranges(cuts.egress, 'destination-range');
  const hostsAt = pods.length;
  const sourcesAt = hostsAt + hosts.length;
  return {
    atoms: [...pods, ...hosts, ...sources, ...destinations],
    hostsAt,
    sourcesAt,
    destinationsAt: sourcesAt + sources.length,
    namespaces,
    cuts,
  };
}

function ranges(cuts: AddressCuts, kind: OutsideRange['kind']): readonly OutsideRange[] {
  return cuts.starts.map((_, index) => {
    const [first, last] = piece(cuts, index);
    return { kind, first, last };
  });
}

function peersOf({ rules }: CompiledPolicy): readonly Peer[] {
  return rules.flatMap(({ peers }) => peers ?? []);
}

function* blocksOf(policies: readonly CompiledPolicy[], direction?: Direction): Generator<Cidr> {
  for (const policy of policies) {
    if (direction !== undefined && policy.direction !== direction) continue;
    for (const peer of peersOf(policy)) {
      if (peer.kind !== 'block') continue;
      yield peer.cidr;
      for (const { cidr } of peer.except) yield cidr;
    }
  }
}

/** What policies look at in a pod. */
interface Lens {
  /** Label keys that any pod selector names, in order. */
  readonly keys: readonly string[];
  /** Port names that any rule names. */
  readonly portNames: ReadonlySet<string>;
  /** Does any selector look at service accounts? */
  readonly accounts: boolean;
  readonly blocks: AddressCuts;
}

function lensOf({ policies, family }: UniverseInput): Lens {
  const keys = new Set<string>();
  const portNames = new Set<string>();
  let accounts = false;
  const look = ({ pods, accounts: own }: PodSet) => {
    accounts ||= own !== undefined;
    for (const key of pods?.selector.matchLabels.keys() ?? []) keys.add(key);
    for (const { key } of pods?.selector.matchExpressions ?? []) keys.add(key);
  };
  for (const policy of policies) {
    look(policy.subject);
    for (const peer of peersOf(policy)) if (peer.kind === 'pods') look(peer.pods);
    for (const item of policy.rules.flatMap(({ ports }) => ports ?? [])) {
      if (item.kind === 'named') portNames.add(item.name);
    }
  }
  return { keys: [...keys].sort(), portNames, accounts, blocks: cutAddresses(family, blocksOf(policies)) };
}

interface Group {
  readonly pods: Pod[];
  readonly ip: Ip | undefined;
}

function classify(input: UniverseInput): {
  readonly pods: readonly PodClass[];
  readonly hosts: readonly HostClass[];
} {
  const lens = lensOf(input);
  const signatureOf = signatures(lens);
  // No text is made for each pod: replicas have a number together, and another one says where blocks see them.
  const groups = new Map<number, Group>();
  const hosts = new Map<string, Group>();
  for (const pod of input.pods) {
    const ip = pod.ips.find(({ family }) => family === input.family);
    if (pod.hostNetwork && input.hostNetwork === 'nodes') addTo(hosts, hostKey(pod), pod, ip);
    else addTo(groups, signatureOf(pod) * placesIn(lens) + placeOf(lens, input.settings, ip), pod, ip);
  }
  const first = ({ pods }: Group) => pods[0] as Pod;
  const byNamespace = [...groups.values()].sort((a, b) =>
    first(a).namespace < first(b).namespace ? -1 : first(a).namespace > first(b).namespace ? 1 : 0,
  );
  return {
    pods: byNamespace.map((group) => ({ kind: 'pods', ...shared(group, first(group)) })),
    hosts: [...hosts.values()].map((group) => {
      const party = partyOfPod(input.cluster, first(group), group.ip);
      const node = party.kind === 'node' ? { node: party.node } : {};
      return { kind: 'host', ...shared(group, first(group)), ...node };
    }),
  };
}

function addTo<Key>(groups: Map<Key, Group>, key: Key, pod: Pod, ip: Ip | undefined): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, { pods: [pod], ip });
  else group.pods.push(pod);
}

function hostKey({ namespace, workload, name, node }: Pod): string {
  return `${namespace}\n${workload?.kind} ${workload?.name ?? name}\n${node}`;
}

function shared({ pods, ip }: Group, pod: Pod): Omit<PodClass, 'kind'> {
  return { namespace: pod.namespace, pods, pod, ...(ip === undefined ? {} : { ip }) };
}

/** How many numbers `placeOf` has. */
function placesIn({ blocks }: Lens): number {
  return blocks.starts.length + 1;
}

/** Where blocks see the pod: the piece of its address; one place for all where they are not compared with pods. */
function placeOf({ blocks }: Lens, { blocksMatch }: PolicySettings, ip: Ip | undefined): number {
  if (!blocksMatch.pods || blocks.starts.length === 1) return 0;
  return ip === undefined ? blocks.starts.length : pieceOf(blocks, ip.bits);
}

/**
 * A number for a pod's namespace, labels, named ports and account, equal for pods that have these in common;
 * replicas of a workload share their labels and specification.
 */
function signatures(lens: Lens): (pod: Pod) => number {
  const numbers = new Map<string, number>();
  const memo = new Map<Labels, Map<Pod['ports'], number>>();
  return (pod) => {
    const bySpec = memo.get(pod.labels) ?? new Map<Pod['ports'], number>();
    const known = bySpec.get(pod.ports);
    if (known !== undefined) return known;
    const text = signatureText(lens, pod);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    memo.set(pod.labels, bySpec.set(pod.ports, number));
    return number;
  };
}

function signatureText({ keys, portNames, accounts }: Lens, pod: Pod): string {
  const labels = keys.flatMap((key) => {
    const value = pod.labels.get(key);
    return value === undefined ? [] : [`${key}=${value}`];
  });
  const ports = pod.ports.flatMap(({ name, protocol, containerPort }) =>
    name !== undefined && portNames.has(name) ? [`${name}:${protocol}:${containerPort}`] : [],
  );
  return [pod.namespace, labels.join(), ports.join(), accounts ? accountOf(pod) : ''].join('\n');
}
