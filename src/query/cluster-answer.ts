/**
 * The answer to `explain cluster` as programs read it (schema/explain-cluster.schema.json; a test holds the
 * two together): what was understood of the input, each fact with its source.
 */

import type { Concern } from '../k8s/unmodelled-kinds.ts';
import type { SourceAnswer } from './answer.ts';
import type { AssumptionCode } from './assumptions.ts';

export interface ClusterAnswer {
  readonly schema: 'k8snet/explain-cluster/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  readonly input: {
    readonly mode: 'authored' | 'stored';
    /** Files with an apiVersion in them. */
    readonly files: number;
  };
  readonly objects: ObjectsAnswer;
  /** Every value of the profile that is in force, by its key in the profile file. */
  readonly settings: readonly SettingAnswer[];
  readonly namespaces: readonly NamespaceAnswer[];
  readonly nodes: readonly NodeAnswer[];
  readonly pods: readonly PodAnswer[];
  readonly services: readonly ServiceAnswer[];
}

/** Where a fact comes from: written in a manifest, in the profile, shown by other objects, or nowhere. */
export type FactSource = 'manifest' | 'profile' | 'detected' | 'assumed';

export interface Fact<Value> {
  readonly value: Value;
  readonly source: FactSource;
  /** Absent for what is assumed, and for a value that a flag gave. */
  readonly at?: SourceAnswer;
  readonly assumption?: AssumptionCode;
}

export interface KindCount {
  readonly kind: string;
  readonly count: number;
}

export interface ObjectsAnswer {
  readonly read: readonly KindCount[];
  /** Kinds that no answer reads. */
  readonly skipped: readonly KindCount[];
  /** Objects that can change an answer, and are not modelled. */
  readonly unmodelled: readonly UnmodelledAnswer[];
}

export interface UnmodelledAnswer {
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespace?: string;
  readonly name: string;
  readonly concern: Concern;
  readonly at: SourceAnswer;
}

export type SettingValue = string | number | boolean | readonly string[];

export interface SettingAnswer extends Fact<SettingValue> {
  readonly key: string;
  /** What the input shows instead, where that is not modelled. */
  readonly unmodelled?: { readonly value: string; readonly at?: SourceAnswer };
}

export interface NamespaceAnswer {
  readonly name: string;
  readonly pods: number;
  readonly services: number;
  /** The Namespace object. */
  readonly at?: SourceAnswer;
}

export interface NodeAnswer {
  readonly name: string;
  /** Is there such a node, or is it invented? */
  readonly source: FactSource;
  readonly at?: SourceAnswer;
  readonly addresses: Fact<readonly string[]>;
  readonly podCidrs: Fact<readonly string[]>;
  /** Of the uplink, in bytes. */
  readonly mtu: Fact<number>;
  readonly pods: number;
}

export interface PodAnswer {
  readonly namespace: string;
  readonly name: string;
  /** The Pod, or the workload that it is made from. */
  readonly at?: SourceAnswer;
  readonly workload?: { readonly kind: string; readonly name: string };
  readonly nameSource: FactSource;
  /** Absent while the pod is Pending. */
  readonly node?: Fact<string>;
  readonly hostNetwork: boolean;
  readonly addresses: Fact<readonly string[]>;
  readonly readiness: Fact<'ready' | 'not-ready' | 'terminating'>;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly protocol: string }[];
}

export interface ServiceAnswer {
  readonly namespace: string;
  readonly name: string;
  readonly at?: SourceAnswer;
  readonly type: 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';
  readonly headless: boolean;
  readonly clusterIps: Fact<readonly string[]>;
  /** externalIPs and addresses of the load balancer. */
  readonly externalIps: readonly string[];
  readonly externalName?: string;
  readonly ports: readonly ServicePortAnswer[];
  /** Distinct endpoint addresses, and those of them that are ready. */
  readonly endpoints: { readonly total: number; readonly ready: number };
}

export interface ServicePortAnswer {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly targetPort: number | string;
  readonly nodePort?: Fact<number>;
}
