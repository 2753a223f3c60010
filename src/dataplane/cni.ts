/**
 * What a CNI plugin is here: a composition of facets that build node state. Nothing outside
 * cni/ asks which CNI it is; a CNI is one file in cni/ and one line in cnis.ts.
 */

import type { Cluster, Node, Pod } from '../cluster/cluster.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { RulesetPart } from '../netfilter/ruleset.ts';
import type { SourceRef } from '../source/ref.ts';
import type { HostPorts } from './host-ports.ts';
import type { Device, NamespaceId, Route } from './network.ts';

/** Settings of one cluster's CNI, from the profile, detected objects, or the CNI's own defaults. */
export interface CniSettings {
  readonly backend: string;
  /** Pod MTU in bytes, when somebody gave it. */
  readonly mtu?: number;
  /** Ranges of all pods. */
  readonly clusterCidrs: readonly Cidr[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the manifests show of a CNI. */
export interface CniEvidence {
  readonly backend?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly origin?: SourceRef;
}

/** Devices and routes that a facet adds to a namespace. */
export interface Wiring {
  readonly devices: readonly Device[];
  readonly routes: readonly Route[];
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

/** How nodes reach each other's pods. */
export interface Fabric {
  /** Bytes that the encapsulation takes from the uplink's MTU. */
  readonly overhead: number;
  onNode(input: NodeInput): Wiring;
}

/** Source translation on the way out of the cluster. */
export type EgressNat = (input: { readonly node: Node; readonly family: IpFamily }) => RulesetPart;

/** Where NetworkPolicy is looked at. */
export type PolicyPoint = { readonly enforces: false } | { readonly enforces: true; readonly engine: string };

export interface Facets {
  /** As the answer names it: `flannel-vxlan`. */
  readonly label: string;
  readonly podLink: PodLink;
  readonly fabric: Fabric;
  readonly egressNat: EgressNat;
  readonly policy: PolicyPoint;
  /** Host ports of pods; undefined: nobody opens them. */
  readonly hostPorts?: HostPorts;
  /** Who translates Service addresses; shared, not owned by a CNI. */
  readonly services: 'kube-proxy';
}

export interface Cni {
  readonly name: string;
  /** The first one is the default. */
  readonly backends: readonly string[];
  /** What manifests show of it; undefined: nothing. */
  detect(cluster: Cluster): CniEvidence | undefined;
  facets(settings: CniSettings): Facets;
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
