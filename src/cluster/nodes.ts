/**
 * The nodes: those of the profile and the Node objects, merged by name, and those that pods are known
 * to run on; where nobody names one, two are invented (assumption A_NODES).
 */

import { compareText } from '../collections/order.ts';
import type { NodeObject } from '../k8s/kinds/node.ts';
import type { Labels } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { Taint } from '../k8s/scheduling/taint.ts';
import type { Cidr } from '../net/cidr.ts';
import { addToIp, type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import type { Node, PodKey } from './cluster.ts';
import { podCidrsOfNodes } from './pod-cidrs.ts';
import type { PodDraft } from './pod-draft.ts';
import type { ClusterProfile, ProfileNode } from './profile.ts';
import { podsByUnnamedNode } from './unnamed-nodes.ts';

/** The kubelet's default of maxPods: more replicas than two nodes take get more invented nodes. */
const PODS_PER_NODE = 110;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** The i-th node, counted from 1, has the address i places behind: 10.0.0.11, 10.0.0.12, … (A_NODE_IP). */
const ADDRESS_BEFORE_FIRST: Readonly<Record<IpFamily, string>> = { 4: '10.0.0.10', 6: 'fd00:10::a' };

/** A node, and what placement has to know about it. */
export interface NodeFacts {
  readonly node: Node;
  /** Cordoned: only DaemonSets and spec.nodeName put a pod there. */
  readonly unschedulable: boolean;
  readonly taints: readonly Taint[];
  /** Are its labels known, so that a label it lacks is really missing? */
  readonly labelsKnown: boolean;
  /** Invented for pods that fit no other node, and only for them. */
  readonly spare: boolean;
}

export interface NodeInput {
  readonly objects: ObjectSet;
  readonly profile: ClusterProfile;
  /** Pods as far as they are known before placement; a DaemonSet's come after the nodes. */
  readonly pods: readonly PodDraft[];
  /** How many nodes to invent, where nodes are invented, beyond those that hold the pods' number. */
  readonly spares: number;
}

/** What the profile says of a node, and its place in the list there. */
interface GivenNode extends ProfileNode {
  readonly index: number;
}

interface NodeSource {
  readonly name: string;
  readonly object?: NodeObject;
  readonly given?: GivenNode;
  /** Neither an object, nor the profile, nor a pod names it. */
  readonly invented: boolean;
}

export interface BuiltNodes {
  /** In the order of their names. */
  readonly nodes: readonly NodeFacts[];
  /** Invented nodes of pods that show theirs without naming it. */
  readonly nodeOf: ReadonlyMap<PodKey, string>;
}

/** Builds the nodes. */
export function buildNodes(input: NodeInput): BuiltNodes {
  const { profile, pods: known, spares } = input;
  const named = namedSources(input);
  const nameless = namelessNodes(profile);
  if (named.length > 0 || profile.input === 'stored') {
    return { nodes: finishNodes(withNameless(named, nameless), input), nodeOf: new Map() };
  }
  const groups = podsByUnnamedNode(known);
  const regular = Math.max(
    groups.length,
    groups.length > 0 ? 1 : 2,
    Math.ceil(known.length / PODS_PER_NODE),
    ...nameless.map(({ index }) => index + 1),
  );
  const names = inventedNames(regular + spares);
  const nodeOf = new Map(
    groups.flatMap((keys, index) =>
      names.slice(index, index + 1).flatMap((name) => keys.map((key) => [key, name] as const)),
    ),
  );
  const pods = known.map((pod) => {
    const node = nodeOf.get(pod.key);
    return node === undefined ? pod : { ...pod, node };
  });
  const sources = names.map((name): NodeSource => ({ name, invented: true }));
  const nodes = finishNodes(withNameless(sources, nameless), { ...input, pods });
  return { nodes: nodes.map((facts, index) => ({ ...facts, spare: index >= regular })), nodeOf };
}

function namelessNodes({ nodes }: ClusterProfile): readonly GivenNode[] {
  return nodes.map((node, index) => ({ ...node, index })).filter(({ name }) => name === undefined);
}

/** `nodes.0.mtu=9001` is about the first node, whatever its name: each nameless one goes by its place. */
function withNameless(sources: readonly NodeSource[], nameless: readonly GivenNode[]): readonly NodeSource[] {
  const byPlace = new Map(nameless.map((given) => [given.index, given]));
  return sources.map((source, place) => {
    const given = source.given ?? byPlace.get(place);
    return given === undefined ? source : { ...source, given };
  });
}

function finishNodes(sources: readonly NodeSource[], input: NodeInput): readonly NodeFacts[] {
  const addresses = addressesOfNodes(sources, input);
  const written = new Map(sources.map((source) => [source.name, writtenPodCidrs(source)]));
  const podCidrs = podCidrsOfNodes({ profile: input.profile, pods: input.pods, written });
  return sources.map((source) => {
    const { name, object, given, invented } = source;
    const own = addresses.get(name) ?? { all: [], primary: [], assumed: true };
    return {
      node: {
        name,
        labels: labelsOf(source, input.profile),
        annotations: object?.metadata.annotations ?? new Map(),
        addresses: own.all,
        primaryAddresses: own.primary,
        podCidrs: podCidrs.get(name) ?? [],
        ...(given === undefined ? {} : { profileIndex: given.index }),
        ...(given?.mtu === undefined ? {} : { mtu: given.mtu }),
        sysctls: given?.sysctls ?? new Map(),
        assumed: { exists: invented, addresses: own.assumed, podCidrs: written.get(name)?.length === 0 },
        ...(object === undefined ? {} : { ...statusOf(object), origin: object.origin }),
      },
      unschedulable: object?.body.unschedulable ?? false,
      taints: object?.body.taints ?? [],
      labelsKnown: object !== undefined || (given !== undefined && !invented),
      spare: false,
    };
  });
}

function statusOf({ body: { ready, milliCpu } }: NodeObject): Pick<Node, 'ready' | 'milliCpu'> {
  return { ...(ready === undefined ? {} : { ready }), ...(milliCpu === undefined ? {} : { milliCpu }) };
}

/** The nodes that an object, the profile or a pod names. */
function namedSources({ objects, profile, pods }: Omit<NodeInput, 'spares'>): readonly NodeSource[] {
  const byObject = new Map(objects.ofKind('Node').map((object) => [object.metadata.name, object]));
  const byProfile = new Map(
    profile.nodes.flatMap((given, index) =>
      given.name === undefined ? [] : [[given.name, { ...given, index }] as const],
    ),
  );
  const byPod = pods.flatMap(({ node }) => (node === undefined ? [] : [node]));
  const names = new Set([...byObject.keys(), ...byProfile.keys(), ...byPod]);
  return [...names].sort(compareText).map((name) => {
    const [object, given] = [byObject.get(name), byProfile.get(name)];
    return {
      name,
      ...(object === undefined ? {} : { object }),
      ...(given === undefined ? {} : { given }),
      invented: false,
    };
  });
}

/** `node-a`, `node-b`, …; with more letters where one is not enough. */
function inventedNames(count: number): readonly string[] {
  let width = 1;
  while (LETTERS.length ** width < count) width++;
  return Array.from({ length: count }, (_, index) => {
    let letters = '';
    for (let rest = index; letters.length < width; rest = Math.floor(rest / LETTERS.length)) {
      letters = `${LETTERS[rest % LETTERS.length]}${letters}`;
    }
    return `node-${letters}`;
  });
}

/** What the kubelet sets on every node, below what is written; stored objects have it already. */
function labelsOf({ name, object, given }: NodeSource, { input }: ClusterProfile): Labels {
  if (object !== undefined && given === undefined && input === 'stored') return object.metadata.labels;
  return new Map([
    ['kubernetes.io/hostname', name],
    ['kubernetes.io/os', 'linux'],
    ['kubernetes.io/arch', 'amd64'],
    ...(object?.metadata.labels ?? []),
    ...(given?.labels ?? []),
  ]);
}

function writtenPodCidrs({ object, given }: NodeSource): readonly Cidr[] {
  const fromProfile = given?.podCidrs ?? [];
  return fromProfile.length > 0 ? fromProfile : (object?.body.podCidrs ?? []);
}

interface NodeAddresses {
  readonly all: readonly Ip[];
  readonly primary: readonly Ip[];
  readonly assumed: boolean;
}

function addressesOfNodes(
  sources: readonly NodeSource[],
  { profile, pods }: NodeInput,
): ReadonlyMap<string, NodeAddresses> {
  const byPods = addressesByPods(pods);
  const written = new Map(sources.map((source) => [source.name, writtenAddresses(source, byPods)]));
  const taken = new Set([...written.values()].flat());
  const result = new Map<string, NodeAddresses>();
  for (const [index, { name, given }] of sources.entries()) {
    const known = written.get(name) ?? [];
    const missing = profile.ipFamilies.filter((family) => !known.some((ip) => ip.family === family));
    const invented = missing.map((family) => inventAddress(family, index + 1, taken));
    const all = [...known, ...invented];
    const primary = given?.primaryAddresses ?? [];
    result.set(name, {
      all,
      primary: primary.length > 0 ? primary : firstOfEachFamily(all),
      assumed: invented.length > 0,
    });
  }
  return result;
}

/** Addresses from the profile, else the node's status, else what its pods show. */
function writtenAddresses(
  { name, object, given }: NodeSource,
  byPods: ReadonlyMap<string, readonly Ip[]>,
): readonly Ip[] {
  const fromProfile = [...new Set([...(given?.primaryAddresses ?? []), ...(given?.addresses ?? [])])];
  if (fromProfile.length > 0) return fromProfile;
  const internal = object?.body.internalIps ?? [];
  return internal.length > 0 ? internal : (byPods.get(name) ?? []);
}

/** Addresses of nodes that their pods show: status.hostIP, and those of pods on the host network. */
function addressesByPods(pods: readonly PodDraft[]): ReadonlyMap<string, readonly Ip[]> {
  const found = new Map<string, readonly Ip[]>();
  for (const { node, spec, knownIps, hostIp, phase } of pods) {
    if (node === undefined || phase === 'Finished') continue;
    const shown = [...(hostIp === undefined ? [] : [hostIp]), ...(spec.hostNetwork ? knownIps : [])];
    if (shown.length > 0) found.set(node, [...new Set([...(found.get(node) ?? []), ...shown])]);
  }
  return found;
}

function inventAddress(family: IpFamily, index: number, taken: Set<Ip>): Ip {
  const base = parseIp(ADDRESS_BEFORE_FIRST[family]);
  if (base === undefined) throw new Error('the base of invented node addresses is no address');
  let ip = addToIp(base, index);
  while (taken.has(ip)) ip = addToIp(ip, 1);
  taken.add(ip);
  return ip;
}

function firstOfEachFamily(ips: readonly Ip[]): readonly Ip[] {
  return ips.filter((ip, index) => ips.findIndex(({ family }) => family === ip.family) === index);
}
