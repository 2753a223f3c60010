/**
 * The profile: what manifests do not say (the profile file of the user, its presets and flags).
 * Every value is optional in the file; what nobody gave has a default, and `given` tells which is which,
 * since a default that an answer rests on is an assumption.
 */

import type { Fields } from '../k8s/fields.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { SourceRef } from '../source/ref.ts';
import type { DnsProfile } from './dns-profile.ts';

export type ProxyMode = 'iptables' | 'nftables' | 'ipvs' | 'cilium' | 'none';
export type DetectLocalMode = 'ClusterCIDR' | 'NodeCIDR' | 'BridgeInterface' | 'InterfaceNamePrefix' | 'none';

export interface ProfileNode {
  /** undefined: the node that has this place in the order of names. */
  readonly name?: string;
  readonly addresses: readonly Ip[];
  readonly primaryAddresses: readonly Ip[];
  readonly podCidrs: readonly Cidr[];
  readonly labels: ReadonlyMap<string, string>;
  /** MTU of the node's uplink in bytes. */
  readonly mtu?: number;
  readonly sysctls: ReadonlyMap<string, string>;
}

/** How IPVS spreads connections, by the kernel's names (ipvsadm(8), --scheduler). */
export const SCHEDULERS = [
  'rr',
  'wrr',
  'lc',
  'wlc',
  'lblc',
  'lblcr',
  'dh',
  'sh',
  'sed',
  'nq',
  'fo',
  'ovf',
  'mh',
] as const;
export type Scheduler = (typeof SCHEDULERS)[number];

/** Ranges of the node's addresses, or the word for those that the node is known by. */
export type NodePortRanges = readonly Cidr[] | 'primary';

export interface ProxyProfile {
  readonly mode: ProxyMode;
  /** Of IPVS mode. */
  readonly scheduler: Scheduler;
  /** Pod ranges for the ClusterCIDR detector; empty: the profile's podCidrs. */
  readonly clusterCidr: readonly Cidr[];
  readonly detectLocal: DetectLocalMode;
  readonly bridgeInterface: string;
  readonly interfaceNamePrefix: string;
  readonly masqueradeAll: boolean;
  /** Bit of the packet mark that asks for masquerade, 0 to 31. */
  readonly masqueradeBit: number;
  /** undefined: the mode's default (nftables: the primary addresses, else every local address). */
  readonly nodePortAddresses?: NodePortRanges;
  readonly localhostNodePorts: boolean;
}

export interface CniProfile {
  /** undefined: detected from the manifests, else assumed. */
  readonly name?: string;
  readonly backend?: string;
  readonly mtu?: number;
  readonly enforcesPolicy?: boolean;
  /** Do address blocks of policies match addresses of pods and of nodes? undefined: as the CNI does it. */
  readonly ipBlock?: { readonly pods?: boolean; readonly nodes?: boolean };
  readonly options: Readonly<Record<string, unknown>>;
}

export type IngressControllerName = 'spec' | 'ingress-nginx' | 'traefik' | 'aws-alb';

/** Which controller serves Ingresses, and its flags. */
export interface IngressControllerProfile {
  /** undefined: told by the class of each Ingress. */
  readonly name?: IngressControllerName;
  /** The class in the old annotation (--ingress-class). */
  readonly ingressClass: string;
  /** The controller that an IngressClass names (--controller-class). */
  readonly controllerClass: string;
  readonly ingressClassByName: boolean;
  readonly watchIngressWithoutClass: boolean;
  readonly disableCatchAll: boolean;
  /** Are X-Forwarded-* headers of the client trusted? */
  readonly useForwardedHeaders: boolean;
}

/** Istio's settings as somebody gives them; undefined: as the manifests show, else Istio's own default. */
export interface IstioProfile {
  /** `1.30`. */
  readonly version?: string;
  readonly rootNamespace?: string;
  readonly outboundTrafficPolicy?: 'ALLOW_ANY' | 'REGISTRY_ONLY';
  readonly autoMtls?: boolean;
}

/** Load balancers before the cluster: what no manifest says of them. */
export interface LoadBalancerProfile {
  /** `passthrough` hands packets on, `proxy` opens connections of its own; undefined: as ipMode tells, else passthrough. */
  readonly kind?: 'passthrough' | 'proxy';
  /** Do they leave out nodes that fail their check? */
  readonly healthChecks: boolean;
  /** By `namespace/name` of the Service, where its status has none. */
  readonly addresses: ReadonlyMap<string, Ip>;
}

export interface ClusterProfile {
  readonly kubernetes: string;
  readonly input: 'authored' | 'stored';
  readonly namespace: string;
  readonly manifests: readonly string[];
  readonly clusterDomain: string;
  readonly ipFamilies: readonly IpFamily[];
  readonly podCidrs: readonly Cidr[];
  readonly serviceCidrs: readonly Cidr[];
  readonly nodePortRange: readonly [number, number];
  readonly nodes: readonly ProfileNode[];
  readonly dns: DnsProfile;
  readonly proxy: ProxyProfile;
  readonly cni: CniProfile;
  readonly ingressController: IngressControllerProfile;
  readonly istio: IstioProfile;
  readonly loadBalancer: LoadBalancerProfile;
  /** What is to be checked, and what the cluster has beside the manifests: `checks/` reads them. */
  readonly check: Fields;
  readonly assume: Fields;
  /** Dotted keys that somebody gave (`cni.name`), with their place; undefined for a flag. */
  readonly given: ReadonlyMap<string, SourceRef | undefined>;
}
