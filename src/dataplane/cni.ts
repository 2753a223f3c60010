/**
 * What a CNI plugin is here: a composition of facets that build node state. Nothing outside
 * cni/ asks which CNI it is; a CNI is one file in cni/ and one line in cnis.ts.
 */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { ServicePort } from '../control/service-port.ts';
import { type Cidr, parseCidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { RulesetPart } from '../netfilter/ruleset.ts';
import type { PolicyApi } from '../policy/policy.ts';
import type { SourceRef } from '../source/ref.ts';
import type { HostPorts } from './host-ports.ts';
import type { Device, NamespaceId, Route, RoutingRule } from './network.ts';
import type { Programs } from './program.ts';

/** Settings of one cluster's CNI, from the profile, detected objects, or the CNI's own defaults. */
export interface CniSettings {
  readonly backend: string;
  /** Pod MTU in bytes, when somebody gave it. */
  readonly mtu?: number;
  /** Ranges of all pods. */
  readonly clusterCidrs: readonly Cidr[];
  readonly options: Readonly<Record<string, unknown>>;
  /** Did somebody ask for a cluster without kube-proxy (proxy mode cilium)? */
  readonly replacesKubeProxy?: true;
}

/** What the manifests show of a CNI. */
export interface CniEvidence {
  /** A word that is no backend names a form that is not modelled. */
  readonly backend?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Pod MTU in bytes. */
  readonly mtu?: number;
  readonly origin?: SourceRef;
}

/** Devices and routes that a facet adds to a namespace. */
export interface Wiring {
  readonly devices: readonly Device[];
  /** Of the main table. */
  readonly routes: readonly Route[];
  /** Rules of the routing policy database and the tables that they name. */
  readonly routingRules?: readonly RoutingRule[];
  readonly routingTables?: ReadonlyMap<string, readonly Route[]>;
  /** What the plugin sets; what the profile says of the node wins. */
  readonly sysctls?: Readonly<Record<string, string>>;
}

export interface NodeInput {
  readonly node: Node;
  readonly cluster: Cluster;
  /** Pods with an interface of their own on this node. */
  readonly pods: readonly Pod[];
  /** MTU of pods on this node, bytes. */
  readonly mtu: number;
}

export interface PodInput {
  readonly pod: Pod;
  readonly node: Node;
  /** Pods with an interface of their own on that node, this one included. */
  readonly pods: readonly Pod[];
  readonly clusterCidrs: readonly Cidr[];
  readonly mtu: number;
}

/** How pods hang on their node: host devices, bridge or routes, gateway. */
export interface PodLink {
  onNode(input: NodeInput): Wiring;
  inPod(input: PodInput): Wiring;
}

/** Bytes that pods' MTU is below the uplink's, for each family that the cluster has; the largest counts. */
export type Overhead = Readonly<Record<IpFamily, number>>;

export const NO_OVERHEAD: Overhead = { 4: 0, 6: 0 };

/** How nodes reach each other's pods. */
export interface Fabric {
  readonly overhead: Overhead;
  /** Tunnel devices of every node. */
  readonly tunnels?: readonly string[];
  /** Does the network between the nodes deliver pods' addresses by itself: each one's, or those in a node's range? */
  readonly underlayKnowsPods?: 'each' | 'ranges';
  /** The interface of a node that the underlay delivers an address to; undefined: its first one. */
  uplinkOf?(node: Node, ip: Ip): string | undefined;
  onNode(input: NodeInput): Wiring;
}

export interface NatInput {
  readonly node: Node;
  readonly family: IpFamily;
  readonly cluster: Cluster;
  /** Pods with an interface of their own on this node. */
  readonly pods: readonly Pod[];
}

export interface ProgramsInput {
  readonly node: Node;
  readonly cluster: Cluster;
  readonly pods: readonly Pod[];
  readonly servicePorts: readonly ServicePort[];
}

/** Programs at devices and sockets; undefined: there are none. */
export interface ProgramFacet {
  onNode(input: ProgramsInput): Programs | undefined;
  inPod(input: ProgramsInput): Programs | undefined;
}

/** Source translation on the way out of the cluster, and the CNI's other rules on a node. */
export type EgressNat = (input: NatInput) => RulesetPart;

/** A place on a node where an engine looks at policies. */
export interface PolicyHook {
  /**
   * `forward` and `postrouting`: hooks of the packet filter (postrouting before source NAT); `from-pod` and `to-pod`:
   * a program on the pod's host device, which sees what the packet filter forwards as `forward` does; `to-port`: the
   * pod's port of a switch, behind the packet filter and its source NAT.
   */
  readonly at: 'forward' | 'postrouting' | 'from-pod' | 'to-pod' | 'to-port';
  /** Chain or program, by the pod's host device: `cali-fw-cali4fc3c48bd8a`. */
  name(hostDevice: string): string;
}

/**
 * Whose packets an engine never judges: those of the node's own processes to pods of the node
 * (`node-to-local-pod`), those of root's sockets alone (`root-socket`).
 */
export type PolicyExemption = 'node-to-local-pod' | 'root-socket';

/** An engine that enforces NetworkPolicies, and what it sees (docs/semantics/datapath.md). */
export interface PolicyEngine {
  readonly enforces: true;
  readonly engine: string;
  /** The CNIs' own policies that it enforces, besides Kubernetes'; none if left out. */
  readonly apis?: readonly PolicyApi[];
  /** At the sender's node: behind destination NAT, so that a Service is seen as its endpoint. */
  readonly egress: PolicyHook;
  /** At the receiver's node: the source as it arrives there, before that node's own source NAT. */
  readonly ingress: PolicyHook;
  /** Peers are told by addresses of the packet, or by identities (labels) that the datapath carries. */
  readonly view: 'addresses' | 'identities';
  readonly exempt: readonly PolicyExemption[];
  /** A bit of the packet's mark: what has it is not judged on its way in. */
  readonly exemptMark?: number;
  /** What its users should know, in words. */
  readonly quirks: readonly string[];
}

/** Where NetworkPolicy is looked at. */
export type PolicyPoint = { readonly enforces: false } | PolicyEngine;

export interface Facets {
  /** What leads IPv6 pods to IPv4, where there is such a thing; it is not modelled. */
  readonly ipv4Egress?: string;
  /** As the answer names it: `flannel-vxlan`. */
  readonly label: string;
  readonly podLink: PodLink;
  readonly fabric: Fabric;
  readonly egressNat: EgressNat;
  readonly policy: PolicyPoint;
  /** Host ports of pods; undefined: nobody opens them. */
  readonly hostPorts?: HostPorts;
  /** MTU of nodes' uplinks where nobody gives it, in bytes; default: 1500. */
  readonly uplinkMtu?: number;
  /** What of this wiring is taken from hearsay, not from its sources; in words. */
  readonly unverified?: readonly string[];
  readonly programs?: ProgramFacet;
  /** Who translates Service addresses: kube-proxy, which no CNI owns, or the CNI's own programs. */
  readonly services: 'kube-proxy' | 'cilium' | 'calico';
}

/** An option of a CNI (`cni.options` of the profile). */
export interface CniOption {
  readonly name: string;
  readonly type: 'boolean' | 'number' | 'cidrs' | 'addresses' | 'word';
  /** Of a `word`: what it may be, the default first. */
  readonly words?: readonly string[];
  readonly text: string;
  /** What is taken when nobody gives it, in words. */
  readonly default: string;
}

export interface CniBackend {
  readonly name: string;
  readonly text: string;
  /** Other names of it that people write. */
  readonly aliases?: readonly string[];
}

export interface Cni {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line: what it is. */
  readonly text: string;
  /** The first one is the default. */
  readonly backends: readonly CniBackend[];
  readonly options: readonly CniOption[];
  /** What manifests show of it; undefined: nothing. */
  detect(cluster: Cluster): CniEvidence | undefined;
  /** Why these settings do not go together or with this cluster; empty: they do. */
  refuse?(settings: CniSettings, cluster: Cluster): readonly string[];
  /**
   * Why pods cannot have addresses of these families under it, or why it is not known how they would; undefined: they can.
   */
  lacksFamilies?(settings: CniSettings, families: readonly IpFamily[]): string | undefined;
  facets(settings: CniSettings): Facets;
}

/** A number; undefined when nobody gave it. */
export function numberOption({ options }: CniSettings, name: string): number | undefined {
  const value = options[name];
  return typeof value === 'number' ? value : undefined;
}

/** A yes or no; undefined when nobody gave it. */
export function booleanOption({ options }: CniSettings, name: string): boolean | undefined {
  const value = options[name];
  return typeof value === 'boolean' ? value : undefined;
}

/** A word; undefined when nobody gave it. */
export function wordOption({ options }: CniSettings, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Ranges; undefined when nobody gave them. */
export function cidrsOption({ options }: CniSettings, name: string): readonly Cidr[] | undefined {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  return writtenCidrs(value).flatMap((text) => (text === undefined ? [] : (parseCidr(text) ?? [])));
}

/** The texts of ranges: a list, or one text with commas; undefined for what is no text. */
export function writtenCidrs(value: unknown): readonly (string | undefined)[] {
  const texts: readonly unknown[] = typeof value === 'string' ? value.split(',') : [value].flat();
  return texts.map((text) => (typeof text === 'string' ? text.trim() : undefined));
}

/** The namespace of a node's own processes. */
export function nodeNamespaceId(name: string): NamespaceId {
  return `node/${name}`;
}

/** The namespace that a pod's processes live in: the node's for hostNetwork. */
export function namespaceIdOf(pod: Pod): NamespaceId {
  return pod.hostNetwork ? nodeNamespaceId(pod.node ?? '') : `pod/${pod.key}`;
}

/** The node's pod range of a family, if it has one. */
export function podCidrOf(node: Node, family: IpFamily): Cidr | undefined {
  return node.podCidrs.find((cidr) => cidr.family === family);
}

/** The node's address of a family on the underlay. */
export function underlayAddress(node: Node, family: IpFamily): Ip | undefined {
  const own = (ips: readonly Ip[]) => ips.find((ip) => ip.family === family);
  return own(node.primaryAddresses) ?? own(node.addresses);
}
