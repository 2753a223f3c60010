/** The dataplane of a cluster: its namespaces, each built when a packet first gets there. */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { ProxyMode } from '../cluster/profile.ts';
import { groupBy } from '../collections/grouping.ts';
import { onceEach, onceFor } from '../collections/once.ts';
import type { ControlPlane } from '../control/control-plane.ts';
import { featureGates } from '../control/feature-gates.ts';
import type { ServicePort } from '../control/service-port.ts';
import type { Cidr } from '../net/cidr.ts';
import { type Ip, type IpFamily, parseIp } from '../net/ip.ts';
import type { Packet } from '../net/packet.ts';
import { prefixTable } from '../net/prefix-table.ts';
import { composeRuleset } from '../netfilter/compose.ts';
import type { Ruleset, RulesetPart } from '../netfilter/ruleset.ts';
import { nodeNamespaceId, type ProgramFacet, type Wiring } from './cni.ts';
import { type ChosenCni, chooseCni } from './cnis.ts';
import { hostProbeRules } from './mesh/host-probes.ts';
import { type PodCapture, podCapture } from './mesh/pod-capture.ts';
import type { Device, NamespaceId, NetworkNamespace, Place, Route } from './network.ts';
import { nodeCacheAddresses, nodeCacheDevices, nodeCacheRules } from './node-cache.ts';
import { podMtu } from './pod-mtu.ts';
import { type Enforcement, policyGuard } from './policy-guard.ts';
import { serviceProxyOf } from './proxies.ts';
import type { ProxyInput, ServiceProxy } from './service-proxy.ts';
import { sourceChecks } from './source-checks.ts';
import { externalNamespace, isWithin, UPLINK, uplinkDevice, uplinkRoutes } from './underlay.ts';

/** What may be asked of a node's service proxy beside what the profile says. */
export interface AskedProxy {
  readonly mode?: ProxyMode;
  /** undefined: those of every Service. */
  readonly servicePorts?: readonly ServicePort[];
  readonly countsPackets?: boolean;
}

export interface Dataplane {
  readonly cni: ChosenCni;
  /** The same wires with other policies, or with policies that are only told. */
  enforcing(enforcement: Enforcement): Dataplane;
  /** The namespace of a node, pod or outside address; undefined when there is no such thing. */
  namespace(id: NamespaceId): NetworkNamespace | undefined;
  /** The packet filter of a node for one family: the service proxy's rules and the CNI's. */
  rulesetOf(node: Node, family: IpFamily): Ruleset;
  /** The rules of the node's service proxy alone. */
  proxyRulesetOf(node: Node, family: IpFamily): Ruleset;
  /** The pod that has an address for itself. */
  podAt(ip: Ip): Pod | undefined;
  /** The node that has a pod's address, or in whose range it lies. */
  nodeOfPod(ip: Ip): Node | undefined;
  /** The same, asked otherwise, and not kept. */
  compileProxy(node: Node, family: IpFamily, asked: AskedProxy): Ruleset;
  /**
   * The other end of a wire.
   * @param wire.destination outermost destination of the packet.
   * @param wire.packet what goes over it.
   * @param wire.entry the node that takes what comes from outside for an address that no node has.
   */
  otherEnd(
    from: NetworkNamespace,
    wire: {
      readonly device: Device;
      readonly nextHop: Ip;
      readonly destination: Ip;
      readonly packet: Packet;
      readonly entry?: string | undefined;
    },
  ): { readonly namespace: NetworkNamespace; readonly device: Device } | undefined;
}

const LOOPBACK: Device = { name: 'lo', addresses: [], mtu: 65536, link: { kind: 'loopback' } };

/** Builds the dataplane; nothing is wired until a namespace is asked for. */
export function buildDataplane(cluster: Cluster, control: ControlPlane, enforcement: Enforcement): Dataplane {
  const cni = chooseCni(cluster);
  const podsByNode = groupBy(cluster.pods, ({ node, hostNetwork }) => (hostNetwork ? undefined : node));
  const rulesetOf = perNode((node, family) => compileRuleset(world, node, family));
  const proxyRulesetOf = perNode((node, family) => composeRuleset(family, proxyParts(world, node, family)));
  const wiringOf = onceFor((node: Node) => wireNode(world, node));
  const world: World = { cluster, control, cni, podsByNode, rulesetOf, wiringOf };
  const wired = onceEach((id: NamespaceId) => buildNamespace(world, id));
  const nodeOf = (ip: Ip) => nodeOfPod(cluster, ip);
  const compileProxy: Dataplane['compileProxy'] = (node, family, asked) =>
    composeRuleset(family, proxyParts(world, node, family, asked));
  const podAt = (ip: Ip) => cluster.podByIp.get(ip);
  const parts = { cni, rulesetOf, proxyRulesetOf, compileProxy, podAt, nodeOfPod: nodeOf };
  const enforcing = (other: Enforcement): Dataplane => {
    const namespace = onceEach((id: NamespaceId) => guarded(world, wired(id), other));
    return { ...parts, namespace, otherEnd: wires(world, namespace), enforcing };
  };
  return enforcing(enforcement);
}

/** What is at the other end of each wire. */
function wires(world: World, namespace: Dataplane['namespace']): Dataplane['otherEnd'] {
  const { cluster, cni } = world;
  return (from, wire) => {
    const { link } = wire.device;
    if (link.kind === 'loopback') return { namespace: from, device: wire.device };
    if (link.kind === 'veth') return end(namespace(link.peer.namespace), link.peer.device);
    const owner =
      cluster.nodeByIp.get(wire.nextHop) ??
      cluster.nodeByIp.get(wire.destination) ??
      podsNode(world, wire.destination);
    if (owner !== undefined) {
      const device = cni.facets.fabric.uplinkOf?.(owner, wire.destination) ?? UPLINK;
      return end(namespace(nodeNamespaceId(owner.name)), device);
    }
    if (wire.entry !== undefined && from.place.kind === 'external') {
      return end(namespace(nodeNamespaceId(wire.entry)), UPLINK);
    }
    return end(namespace(`external/${wire.destination.text}`), UPLINK);
  };
}

/** Computes a node's value for each family once. */
function perNode(make: (node: Node, family: IpFamily) => Ruleset): (node: Node, family: IpFamily) => Ruleset {
  const made = new Map<string, Ruleset>();
  return (node, family) => {
    const key = `${node.name} ${family}`;
    const ruleset = made.get(key) ?? make(node, family);
    made.set(key, ruleset);
    return ruleset;
  };
}

interface World {
  readonly cluster: Cluster;
  readonly control: ControlPlane;
  readonly cni: ChosenCni;
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  rulesetOf(node: Node, family: IpFamily): Ruleset;
  /** Made once: a proxy that asks for the addresses of devices asks for it again. */
  wiringOf(node: Node): NodeWiring;
}

interface NodeWiring {
  readonly fabric: Wiring;
  readonly podLink: Wiring;
  /** The uplink, then those of the fabric and of pods. */
  readonly devices: readonly Device[];
}

function end(namespace: NetworkNamespace | undefined, deviceName: string) {
  const device = namespace?.devices.get(deviceName);
  return namespace === undefined || device === undefined ? undefined : { namespace, device };
}

/** The node of a pod, where the network between the nodes knows pods' addresses. */
function podsNode({ cluster, cni }: World, ip: Ip): Node | undefined {
  const { underlayKnowsPods } = cni.facets.fabric;
  const node = underlayKnowsPods === undefined ? undefined : nodeOfPod(cluster, ip);
  return node !== undefined && (underlayKnowsPods === 'each' || isWithin(node.podCidrs, ip))
    ? node
    : undefined;
}

function nodeOfPod(cluster: Cluster, ip: Ip): Node | undefined {
  const pod = cluster.podByIp.get(ip);
  if (pod !== undefined) return cluster.nodeByName.get(pod.node ?? '');
  return cluster.nodes.find(({ podCidrs }) => isWithin(podCidrs, ip));
}

function buildNamespace(world: World, id: NamespaceId): NetworkNamespace | undefined {
  const slash = id.indexOf('/');
  const name = id.slice(slash + 1);
  if (id.startsWith('external/')) {
    const ip = parseIp(name);
    return ip === undefined ? undefined : externalNamespace(ip);
  }
  if (id.startsWith('node/')) {
    const node = world.cluster.nodeByName.get(name);
    return node === undefined ? undefined : nodeNamespace(world, node);
  }
  const pod = world.cluster.podByKey.get(name as Pod['key']);
  const node = pod?.node === undefined ? undefined : world.cluster.nodeByName.get(pod.node);
  return pod === undefined || node === undefined ? undefined : podNamespace(world, pod, node);
}

/** What the CNI and the machine itself give a node. */
function wireNode(world: World, node: Node): NodeWiring {
  const { facets } = world.cni;
  const input = {
    node: withMtu(world, node),
    cluster: world.cluster,
    pods: world.podsByNode.get(node.name) ?? [],
    mtu: podMtuOf(world, node),
  };
  const fabric = facets.fabric.onNode(input);
  const podLink = facets.podLink.onNode(input);
  const devices = [uplinkDevice(input.node), ...fabric.devices, ...podLink.devices];
  return { fabric, podLink, devices };
}

function nodeNamespace(world: World, node: Node): NetworkNamespace {
  const { fabric, podLink, devices } = world.wiringOf(node);
  const address = node.primaryAddresses[0];
  const wired = wiredNamespace(
    [...devices, ...proxyDevices(world, node), ...nodeCacheDevices(cacheAddresses(world))],
    [...uplinkRoutes(node, world.cluster.nodeByIp), ...podLink.routes, ...fabric.routes],
  );
  return {
    ...wired,
    ...routingPolicy([fabric, podLink]),
    ...programsOf(world, node, 'onNode'),
    id: nodeNamespaceId(node.name),
    place: { kind: 'node', name: node.name, ...(address === undefined ? {} : { address }) },
    ruleset: onceEach((family: IpFamily) => world.rulesetOf(node, family)),
    ...sourceChecks(new Map([...Object.entries(fabric.sysctls ?? {}), ...node.sysctls])),
    bridgeNetfilter: node.sysctls.get('net.bridge.bridge-nf-call-iptables') !== '0',
    forwards: true,
  };
}

/** A node with its policy engine, where the CNI has one and there is a policy. */
function guarded(
  { cni, cluster }: World,
  namespace: NetworkNamespace | undefined,
  enforcement: Enforcement,
): NetworkNamespace | undefined {
  const engine = cni.facets.policy;
  const node = namespace?.place.kind === 'node' ? cluster.nodeByName.get(namespace.place.name) : undefined;
  if (namespace === undefined || node === undefined || !engine.enforces) return namespace;
  const isOwn = (ip: Ip) => namespace.local.has(ip);
  const guard = policyGuard({ engine, node, cluster, enforcement, isOwn });
  return {
    ...namespace,
    guard: (packet, point) => (enforcement.index().isEmpty ? [] : guard(packet, point)),
  };
}

function podNamespace(world: World, pod: Pod, node: Node): NetworkNamespace {
  const { facets, settings } = world.cni;
  const wiring = facets.podLink.inPod({
    pod,
    node,
    pods: world.podsByNode.get(node.name) ?? [],
    clusterCidrs: settings.clusterCidrs,
    mtu: podMtuOf(world, node),
  });
  const wired = wiredNamespace(wiring.devices, wiring.routes);
  return {
    ...wired,
    ...capturedBy(podCapture(world.cluster, pod), wired.local),
    ...programsOf(world, node, 'inPod'),
    id: `pod/${pod.key}`,
    place: podPlace(pod),
    bridgeNetfilter: false,
    forwards: false,
  };
}

function capturedBy(capture: PodCapture | undefined, own: ReadonlySet<Ip>): Partial<NetworkNamespace> {
  if (capture === undefined) return {};
  const { addresses, ...rest } = capture;
  return { ...rest, local: new Set([...own, ...addresses]) };
}

function programsOf(world: World, node: Node, side: keyof ProgramFacet): Pick<NetworkNamespace, 'programs'> {
  const programs = world.cni.facets.programs?.[side]({
    node,
    cluster: world.cluster,
    pods: world.podsByNode.get(node.name) ?? [],
    servicePorts: world.control.servicePorts,
  });
  return programs === undefined ? {} : { programs };
}

/** Where a pod is shown to be. */
function podPlace(pod: Pod): Place {
  const address = pod.ips[0];
  return {
    kind: 'pod',
    name: pod.name,
    namespace: pod.namespace,
    ...(pod.node === undefined ? {} : { node: pod.node }),
    ...(address === undefined ? {} : { address }),
  };
}

function wiredNamespace(devices: readonly Device[], routes: readonly Route[]) {
  return {
    devices: new Map([LOOPBACK, ...devices].map((device) => [device.name, device] as const)),
    routes: prefixTable(routes.map((route) => [route.prefix, route] as const)),
    local: new Set(devices.flatMap((device) => device.addresses.map(({ ip }) => ip))),
  };
}

function podMtuOf({ cni, cluster }: World, { mtu }: Node): number {
  return podMtu(cni.settings, cni.facets, { mtu, families: cluster.profile.ipFamilies });
}

/** Rules of both facets by priority; equal ones in their order. */
function routingPolicy(wirings: readonly Wiring[]): Pick<NetworkNamespace, 'routingRules' | 'routingTables'> {
  const rules = wirings.flatMap(({ routingRules }) => routingRules ?? []);
  if (rules.length === 0) return {};
  const tables = wirings.flatMap(({ routingTables }) => [...(routingTables ?? [])]);
  return {
    routingRules: rules.toSorted((a, b) => a.priority - b.priority),
    routingTables: new Map(
      tables.map(([name, routes]) => [
        name,
        prefixTable(routes.map((route) => [route.prefix, route] as const)),
      ]),
    ),
  };
}

/** A node with the MTU that its uplink has under this CNI where nobody gives one. */
function withMtu({ cni }: World, node: Node): Node {
  const { uplinkMtu } = cni.facets;
  return node.mtu !== undefined || uplinkMtu === undefined ? node : { ...node, mtu: uplinkMtu };
}

/**
 * In the order of installation: host ports come with pods, when kube-proxy has run already. Of tables with base chains
 * of one priority the younger one goes first; rules of the tables of iptables know their place.
 */
function compileRuleset(world: World, node: Node, family: IpFamily): Ruleset {
  const { egressNat, hostPorts } = world.cni.facets;
  const pods = world.podsByNode.get(node.name) ?? [];
  const opened = hostPorts === undefined ? [] : [hostPorts({ node, family, pods })];
  const egress = egressNat({ node, family, pods, cluster: world.cluster });
  const { port } = world.cluster.profile.dns;
  const cache = nodeCacheRules(cacheAddresses(world), family, port);
  const probes = hostProbeRules(world.cluster, pods, family);
  return composeRuleset(family, [egress, ...proxyParts(world, node, family), cache, ...opened, probes]);
}

/** Of NodeLocal DNSCache; a proxy with a device of its own has the address of the cluster DNS there. */
function cacheAddresses(world: World): readonly Ip[] {
  return nodeCacheAddresses(world.cluster, () => nodeProxy(world)?.devices !== undefined);
}

function proxyParts(
  world: World,
  node: Node,
  family: IpFamily,
  asked: AskedProxy = {},
): readonly RulesetPart[] {
  const proxy = asked.mode === undefined ? nodeProxy(world) : serviceProxyOf(asked.mode);
  return proxy === undefined ? [] : [proxy.compile(proxyInput(world, node, family, asked))];
}

/** kube-proxy's mode; undefined where the CNI translates Service addresses. */
function nodeProxy({ cni, cluster }: World): ServiceProxy | undefined {
  return cni.facets.services === 'kube-proxy' ? serviceProxyOf(cluster.profile.proxy.mode) : undefined;
}

function proxyInput(world: World, node: Node, family: IpFamily, asked: AskedProxy = {}): ProxyInput {
  const { profile } = world.cluster;
  return {
    node,
    family,
    profile: profile.proxy,
    kubernetes: profile.kubernetes,
    serviceCidrs: knownServiceCidrs(world.cluster),
    clusterCidrs: detectorRanges(world.cluster),
    servicePorts: asked.servicePorts ?? world.control.servicePorts,
    // Only who asks has the node wired.
    get localAddresses() {
      const { devices } = world.wiringOf(node);
      return devices.flatMap(({ addresses }) => addresses.map(({ ip }) => ip));
    },
    countsPackets: asked.countsPackets ?? false,
  };
}

/** The devices that the service proxy makes on a node. */
function proxyDevices(world: World, node: Node): readonly Device[] {
  const { profile } = world.cluster;
  const devices = nodeProxy(world)?.devices;
  return devices?.(profile.ipFamilies.map((family) => proxyInput(world, node, family))) ?? [];
}

/**
 * kube-proxy learns the ranges from ServiceCIDR objects, where the version has them. A dump of a cluster
 * without such objects has none.
 */
function knownServiceCidrs({ profile }: Cluster): readonly Cidr[] {
  const isKnown = profile.input === 'authored' || profile.given.has('serviceCIDRs');
  return isKnown && featureGates(profile.kubernetes).multiCidrServiceAllocator ? profile.serviceCidrs : [];
}

function detectorRanges({ profile }: Cluster): readonly Cidr[] {
  return profile.proxy.clusterCidr.length > 0 ? profile.proxy.clusterCidr : profile.podCidrs;
}
