/**
 * The assumptions that an answer rests on. Each has a stable code; the list is gathered from what the
 * walks touched. Facts about programs (a pod is ready, its port listens, a host outside answers) are
 * preconditions of the question: they are listed, but never called decisive.
 */

import type { Cluster, Pod } from '../cluster/cluster.ts';
import { onceFor } from '../collections/once.ts';
import type { Dataplane } from '../dataplane/build.ts';
import type { NamespaceId, NetworkNamespace } from '../dataplane/network.ts';
import type { Hop, Step, Walk } from '../trace/trace.ts';
import type { AssumptionAnswer } from './answer.ts';

/** Codes in the order they are listed; the text is what the `assumed` line says. */
const TEXTS = {
  A_UNMODELLED: 'what is not modelled changes nothing',
  A_UPSTREAM_NXDOMAIN: 'names outside the cluster domain do not exist upstream',
  A_EXTERNAL_DNS: 'public DNS names the load balancer',
  A_NODE_FILES: 'resolv.conf and hosts file of the node',
  A_CNI: 'flannel vxlan wiring',
  A_POLICY_ENGINE: 'NetworkPolicies enforced',
  A_KUBE_PROXY: 'kube-proxy in iptables mode',
  A_NODES: 'nodes and placement',
  A_POD_IP: 'pod and node addresses',
  A_CLUSTER_IP: 'ClusterIPs',
  A_NODEPORT: 'node ports',
  A_LB: 'the load balancer passes packets on',
  A_LB_HEALTH: 'it probes health check ports',
  A_LB_ADDRESS: "the load balancer's address",
  A_POD_NAME: 'replica names',
  A_READY: 'readiness',
  A_VETH_NAME: 'veth names',
  A_TUNNEL_ADDR: 'tunnel addresses',
  A_IDENTITY: 'identities',
  A_UNVERIFIED: 'parts of the CNI that are taken from hearsay',
  A_SUBNET: 'which nodes share a link',
  A_MTU: 'MTU',
  A_BRNF: 'bridge-nf-call-iptables 1',
  A_SPORT: 'client port',
  A_SNAT_PORT: 'translated and tunnel ports',
  A_PORT: 'the port',
  A_CLIENT: 'the outside client',
  A_INGRESS_CLASS: 'which controller serves the Ingresses',
  A_CONTROLLER: 'the proxy of the host and its Service',
  A_SECRETS: 'Secrets that are not in the manifests do not exist',
  A_GATEWAY_CLASS: 'a controller for the GatewayClasses',
  A_CERTIFICATES: 'the certificates that listeners name',
  A_MESH_CONFIG: "Istio's own settings of the mesh",
  A_OBJECT_AGE: 'that objects of Istio without a creationTimestamp were applied in the order of their names',
  A_SIDECAR: 'sidecars that labels ask for are injected',
  A_AMBIENT: 'pods that labels enrol in ambient mode are redirected to ztunnel',
  A_WAYPOINT: 'the pods of waypoints',
  A_REQUEST: 'what is sent to a proxy that waits for HTTP',
  A_LISTENS: 'the port listens',
  A_ANSWERS: 'the far end answers',
} as const;

export type AssumptionCode = keyof typeof TEXTS;

const PLACES: ReadonlyMap<string, number> = new Map(Object.keys(TEXTS).map((code, place) => [code, place]));

/** Gathers codes; the answer lists each once. */
export interface AssumptionSet {
  add(
    code: AssumptionCode,
    detail?: { readonly values?: readonly string[]; readonly decisive?: boolean },
  ): void;
  list(): readonly AssumptionAnswer[];
}

/** An empty set. */
export function assumptionSet(): AssumptionSet {
  const found = new Map<AssumptionCode, { values: Set<string>; decisive: boolean }>();
  return {
    add(code, detail = {}) {
      const entry = found.get(code) ?? { values: new Set<string>(), decisive: false };
      for (const value of detail.values ?? []) entry.values.add(value);
      entry.decisive ||= detail.decisive ?? false;
      found.set(code, entry);
    },
    list() {
      const listed = [...found];
      if (listed.length > 1) listed.sort(([a], [b]) => (PLACES.get(a) ?? 0) - (PLACES.get(b) ?? 0));
      return listed.map(([code, { values, decisive }]) => ({
        code,
        text: TEXTS[code],
        ...(values.size === 0 ? {} : { values: [...values] }),
        decisive,
      }));
    },
  };
}

/**
 * Adds that bridged frames pass the packet filter, where the answer would be lost without it: the walk was
 * translated on a bridge and never routed (rule K9 of docs/semantics/datapath.md).
 */
export function assumeBridgeNetfilter(
  assumptions: AssumptionSet,
  { cluster, walks }: { readonly cluster: Cluster; readonly walks: readonly Walk[] },
): void {
  const key = 'net.bridge.bridge-nf-call-iptables';
  for (const { namespace, steps } of walks.flatMap(({ hops }) => hops)) {
    const node = cluster.nodeByName.get(namespace.replace(/^node\//, ''));
    if (node === undefined || node.sysctls.has(key)) continue;
    const kinds = steps.map((step) => (step.kind === 'translate' ? step.nat : step.kind));
    if (!kinds.includes('dnat') || !kinds.includes('bridge')) continue;
    if (kinds.includes('route') || kinds.includes('masquerade')) continue;
    assumptions.add('A_BRNF', { values: [node.name], decisive: true });
  }
}

/** Adds what the wiring and the walks rest on. */
export function assumeFromWalks(
  assumptions: AssumptionSet,
  {
    cluster,
    dataplane,
    walks,
  }: { readonly cluster: Cluster; readonly dataplane: Dataplane; readonly walks: readonly Walk[] },
): void {
  assumeFromWiring(assumptions, { cluster, dataplane, walks });
  for (const walk of walks) {
    for (const hop of [...walk.hops, ...(walk.reply?.hops ?? [])]) {
      assumeFromNamespace(assumptions, cluster, hop.namespace);
      for (const step of hop.steps) assumeFromStep(assumptions, step);
      assumeFromRoad(assumptions, cluster, { dataplane, hop });
    }
    if (walk.disposition === 'exits-cluster') assumptions.add('A_ANSWERS');
    // The length of the nodes' subnet is nowhere written.
    if (walk.reason === 'not-on-link') assumptions.add('A_SUBNET', { decisive: true });
  }
}

/** Who wires the nodes and translates Service addresses, where nobody said so, and what is only hearsay of it. */
function assumeFromWiring(
  assumptions: AssumptionSet,
  { cluster, dataplane: { cni }, walks }: Parameters<typeof assumeFromWalks>[1],
): void {
  const { unverified, services } = cni.facets;
  if (cni.source === 'assumed') assumptions.add('A_CNI', { decisive: cni.unmodelled !== undefined });
  if (unverified !== undefined && walks.some(usesNetwork)) {
    assumptions.add('A_UNVERIFIED', { values: unverified });
  }
  if (!cluster.profile.given.has('proxy.mode') && services === 'kube-proxy') assumptions.add('A_KUBE_PROXY');
}

/** Does anything leave the namespace that it starts in? */
function usesNetwork({ hops }: Walk): boolean {
  return hops.length > 1;
}

/**
 * An invented address of a tunnel device that the packet has, and the link that a direct route takes for granted where
 * the nodes' addresses are invented: without an overlay nothing arrives if it is not so.
 */
function assumeFromRoad(
  assumptions: AssumptionSet,
  cluster: Cluster,
  { dataplane, hop }: { readonly dataplane: Dataplane; readonly hop: Hop },
): void {
  const namespace = dataplane.namespace(hop.namespace);
  if (namespace?.place.kind !== 'node') return;
  const { invented, hasOverlay } = roadOf(namespace.devices);
  for (const ip of invented) {
    const isUsed = hop.steps.some(({ packet }) => packet.src === ip || packet.dst === ip);
    if (isUsed) assumptions.add('A_TUNNEL_ADDR', { values: [`${namespace.place.name} ${ip.text}`] });
  }
  for (const step of hop.steps) {
    const peer = step.kind === 'route' && step.via !== undefined ? cluster.nodeByIp.get(step.via) : undefined;
    if (peer?.assumed.addresses) assumptions.add('A_SUBNET', { decisive: !hasOverlay });
  }
}

/** What is looked at of a node's devices; once, though many walks cross it. */
const roadOf = onceFor((known: NetworkNamespace['devices']) => {
  const devices = [...known.values()];
  const assumed = devices.filter((device) => device.assumed);
  return {
    /** Addresses that are invented. */
    invented: assumed.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)),
    hasOverlay: devices.some(({ link }) => link.kind === 'tunnel'),
  };
});

function assumeFromStep(assumptions: AssumptionSet, step: Step): void {
  if (step.kind === 'transmit' && step.device.includes('~')) assumptions.add('A_VETH_NAME');
  if (step.kind === 'encapsulate') assumptions.add('A_SNAT_PORT');
  if (step.kind === 'encapsulate' && step.isNetworkInvented) assumptions.add('A_IDENTITY');
  if (step.kind !== 'translate' || step.point === undefined) return;
  if (step.packet.srcPort !== step.before.srcPort) assumptions.add('A_SNAT_PORT');
}

function assumeFromNamespace(assumptions: AssumptionSet, cluster: Cluster, id: NamespaceId): void {
  const name = id.slice(id.indexOf('/') + 1);
  if (id.startsWith('pod/')) {
    const pod = cluster.podByKey.get(name as Pod['key']);
    if (pod !== undefined) assumeFromPod(assumptions, pod);
  } else if (id.startsWith('node/')) {
    const node = cluster.nodeByName.get(name);
    if (node?.assumed.exists) assumptions.add('A_NODES');
    if (node?.assumed.addresses || node?.assumed.podCidrs) assumptions.add('A_POD_IP');
  }
}

function assumeFromPod(assumptions: AssumptionSet, pod: Pod): void {
  if (pod.assumed.node) assumptions.add('A_NODES');
  if (pod.assumed.ips) assumptions.add('A_POD_IP');
  if (pod.assumed.name) assumptions.add('A_POD_NAME');
  if (pod.assumed.readiness) assumptions.add('A_READY');
}
