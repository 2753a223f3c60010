/**
 * The cluster that the manifests describe: nodes, namespaces, pods with names, nodes and addresses.
 * What no manifest says is invented by stable rules and marked: `assumed` names the facts that another
 * cluster could have otherwise.
 */

import type { ContainerPort, PodSpec } from '../k8s/kinds/pod-spec.ts';
import type { WorkloadKind } from '../k8s/kinds/workload.ts';
import type { Labels } from '../k8s/object.ts';
import type { ObjectSet } from '../k8s/read.ts';
import type { ServiceBody } from '../k8s/service-body.ts';
import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { SourceRef } from '../source/ref.ts';
import type { ClusterProfile } from './profile.ts';

export interface Node {
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Every address on the node's interfaces, the primary one of each family first; loopback is implied. */
  readonly addresses: readonly Ip[];
  readonly primaryAddresses: readonly Ip[];
  readonly podCidrs: readonly Cidr[];
  /** MTU of the uplink in bytes; undefined: the CNI's usual one. */
  readonly mtu?: number;
  readonly sysctls: ReadonlyMap<string, string>;
  /** The Ready condition; undefined when nobody wrote one. */
  readonly ready?: boolean;
  /** Allocatable CPU, in thousandths. */
  readonly milliCpu?: number;
  /** Its place in `nodes` of the profile; undefined: the profile says nothing of it. */
  readonly profileIndex?: number;
  readonly assumed: { readonly exists: boolean; readonly addresses: boolean; readonly podCidrs: boolean };
  /** The Node object; undefined for a node of the profile or an invented one. */
  readonly origin?: SourceRef;
}

export type PodKey = `${string}/${string}`;

export interface Pod {
  readonly key: PodKey;
  readonly namespace: string;
  /** `web-0` for a pod that is named so; `api#1` for a replica whose name nobody can know. */
  readonly name: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** The top controller: the Deployment, not its ReplicaSet. */
  readonly workload?: { readonly kind: WorkloadKind; readonly name: string };
  /** undefined: no node fits, the pod is Pending. */
  readonly node?: string;
  /** Pod addresses, or the node's for hostNetwork; empty while Pending. */
  readonly ips: readonly Ip[];
  readonly hostNetwork: boolean;
  readonly readiness: 'ready' | 'not-ready' | 'terminating';
  /** Is the Ready condition true? (A terminating pod may still be serving.) */
  readonly serving: boolean;
  /** Its containers have ended (phase Succeeded or Failed): it has no address, and no policy is about it. */
  readonly finished: boolean;
  readonly spec: PodSpec;
  /** Of containers, then of sidecar init containers, in order. */
  readonly ports: readonly ContainerPort[];
  readonly assumed: {
    readonly name: boolean;
    readonly node: boolean;
    readonly ips: boolean;
    readonly readiness: boolean;
  };
  /** The Pod, or the workload whose template it is made from; undefined for implied pods (cluster DNS). */
  readonly origin?: SourceRef;
}

export interface Namespace {
  readonly name: string;
  readonly labels: Labels;
  /** The Namespace object; undefined when it is implied or only named by objects. */
  readonly origin?: SourceRef;
}

export interface Cluster {
  readonly profile: ClusterProfile;
  readonly objects: ObjectSet;
  readonly namespaces: ReadonlyMap<string, Namespace>;
  /** In the order of their names. */
  readonly nodes: readonly Node[];
  readonly nodeByName: ReadonlyMap<string, Node>;
  /** In the order of their keys. */
  readonly pods: readonly Pod[];
  readonly podByKey: ReadonlyMap<PodKey, Pod>;
  readonly podsByNamespace: ReadonlyMap<string, readonly Pod[]>;
  /** The pod that owns an address; hostNetwork pods are not in it (their address is the node's). */
  readonly podByIp: ReadonlyMap<Ip, Pod>;
  readonly nodeByIp: ReadonlyMap<Ip, Node>;
  /** Services with their addresses: the written ones, else invented (authored input only). */
  readonly services: readonly ClusterService[];
}

export type ServiceKey = `${string}/${string}`;

/** A Service with what the API server allocates. */
export interface ClusterService {
  readonly key: ServiceKey;
  readonly namespace: string;
  readonly name: string;
  readonly body: ServiceBody;
  readonly labels: Labels;
  readonly annotations: Labels;
  /** Families that the Service has addresses and endpoints of, the primary one first. */
  readonly ipFamilies: readonly IpFamily[];
  readonly clusterIps: readonly Ip[];
  /** By port index; undefined where there is none. */
  readonly nodePorts: readonly (number | undefined)[];
  readonly assumed: { readonly clusterIps: boolean; readonly nodePorts: readonly boolean[] };
  /** undefined for the Services that every cluster has (kubernetes, kube-dns). */
  readonly origin?: SourceRef;
}
