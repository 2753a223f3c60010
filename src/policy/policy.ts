/**
 * The compiled form of every policy API. A policy of two directions is two compiled ones.
 *
 * Words: a policy *selects* its subjects; a NetworkPolicy that selects a pod *isolates* it in a direction; the
 * other end of a flow is the *peer*. Tiers are looked at in order: `admin` (by priority, first rule that
 * matches), `network` (NetworkPolicies: the union of what they admit, final for isolated pods), `baseline`
 * (by priority again), and among them those of other APIs. docs/semantics/network-policy.md has the rules.
 */

import type { PolicyAction } from '../k8s/policy-parts/parts.ts';
import type { LabelSelector } from '../k8s/selector.ts';
import type { Cidr } from '../net/cidr.ts';
import type { PortProtocol } from '../net/port-set.ts';
import type { SourceRef } from '../source/ref.ts';

export type Direction = 'ingress' | 'egress';

/** Policies that are looked at together, one after the other. */
export interface Tier {
  readonly name: string;
  /** The lowest comes first; of equal ones the first by name. */
  readonly order: number;
  /** What becomes of that which none of its rules matches, at a pod that one of its policies isolates. */
  readonly rest: 'deny' | 'next';
}

/** The tiers of Kubernetes' own policies, in the orders that Calico gives them (docs/semantics/network-policy.md). */
export const ADMIN_TIER: Tier = { name: 'admin', order: 1_000, rest: 'next' };
export const NETWORK_TIER: Tier = { name: 'network', order: 1_000_000, rest: 'deny' };
export const BASELINE_TIER: Tier = { name: 'baseline', order: 10_000_000, rest: 'next' };

/** A selector with its place. */
export interface Selection {
  readonly selector: LabelSelector;
  readonly origin: SourceRef;
  /** It is written as one expression, so that its requirements have no places of their own. */
  readonly written?: 'expression';
}

/** Pods (never those in a node's network). What is absent selects everything. */
export interface PodSet {
  /** The one namespace that it is about, where it is about one. */
  readonly namespace?: string;
  readonly namespaces?: Selection;
  readonly pods?: Selection;
  /** Of the service account of a pod, whose one label is its name: ACCOUNT_LABEL. */
  readonly accounts?: Selection;
}

/** The label by which Calico tells the service account of a pod. */
export const ACCOUNT_LABEL = 'projectcalico.org/serviceaccount';

export type Peer =
  | { readonly kind: 'pods'; readonly pods: PodSet; readonly origin: SourceRef }
  | {
      readonly kind: 'block';
      readonly cidr: Cidr;
      readonly except: readonly { readonly cidr: Cidr; readonly origin: SourceRef }[];
      readonly origin: SourceRef;
    }
  | { readonly kind: 'nodes'; readonly nodes: Selection; readonly origin: SourceRef }
  /** Matches nothing here: which addresses a name has is not known to a manifest. */
  | { readonly kind: 'domains'; readonly names: readonly string[]; readonly origin: SourceRef }
  /** Nobody knows here whom it means; `what` says which part of it is not modelled. */
  | {
      readonly kind: 'unmodelled';
      readonly what: string;
      /** The sorts of ends that it can mean; undefined: any. */
      readonly among?: readonly ('pod' | 'node' | 'address')[];
      readonly origin: SourceRef;
    }
  /** Whoever is neither a pod nor a node. */
  | { readonly kind: 'outside'; readonly origin: SourceRef }
  | { readonly kind: 'unreadable'; readonly origin: SourceRef };

export type PortItem =
  | {
      readonly kind: 'range';
      readonly protocol: PortProtocol;
      readonly from: number;
      readonly to: number;
      readonly origin: SourceRef;
    }
  | {
      readonly kind: 'named';
      readonly name: string;
      /** undefined: of any protocol. */
      readonly protocol?: PortProtocol;
      readonly origin: SourceRef;
    }
  | { readonly kind: 'unreadable'; readonly origin: SourceRef };

export interface PolicyRule {
  readonly action: PolicyAction;
  readonly name?: string;
  /** Position among the rules of its direction, as written. */
  readonly index: number;
  /** undefined: every peer. */
  readonly peers?: readonly Peer[];
  /** undefined: every port of every protocol. */
  readonly ports?: readonly PortItem[];
  /** What it asks of a connection that it allows, beyond addresses and ports, and is not modelled. */
  readonly beyond?: { readonly what: string; readonly origin: SourceRef };
  readonly origin: SourceRef;
}

export type PolicyKind =
  | 'NetworkPolicy'
  | 'ClusterNetworkPolicy'
  | 'AdminNetworkPolicy'
  | 'BaselineAdminNetworkPolicy'
  | 'CalicoNetworkPolicy'
  | 'GlobalNetworkPolicy'
  | 'CiliumNetworkPolicy'
  | 'CiliumClusterwideNetworkPolicy';

/** Whose policies they are: Kubernetes' own, which every engine enforces, or a CNI's. */
export type PolicyApi = 'kubernetes' | 'calico' | 'cilium';

export const API_OF_KIND: Readonly<Record<PolicyKind, PolicyApi>> = {
  NetworkPolicy: 'kubernetes',
  ClusterNetworkPolicy: 'kubernetes',
  AdminNetworkPolicy: 'kubernetes',
  BaselineAdminNetworkPolicy: 'kubernetes',
  CalicoNetworkPolicy: 'calico',
  GlobalNetworkPolicy: 'calico',
  CiliumNetworkPolicy: 'cilium',
  CiliumClusterwideNetworkPolicy: 'cilium',
};

export interface CompiledPolicy {
  readonly kind: PolicyKind;
  /** Empty for policies of the whole cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly tier: Tier;
  /** The lowest is looked at first. NetworkPolicies, which have no order, have all the same. */
  readonly priority: number;
  /** Does the first rule that matches decide, or do the rules only allow, and add up with all others that do? */
  readonly reading: 'first-match' | 'union';
  /** false: it adds rules where others isolate a pod, and leaves the pod open where none does. */
  readonly isolates?: false;
  readonly direction: Direction;
  readonly subject: PodSet;
  readonly rules: readonly PolicyRule[];
  /** true: some of what its rules ask is not modelled. */
  readonly doubtful?: true;
  /** The object. */
  readonly origin: SourceRef;
  /** What makes it about this direction: its policyTypes, rules or the object. */
  readonly because: SourceRef;
}

/** `shop/api-allow`, or the name alone of a policy of the whole cluster. */
export function policyName({ namespace, name }: Pick<CompiledPolicy, 'namespace' | 'name'>): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}
