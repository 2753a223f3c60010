/** The facet of a CNI that opens host ports: packets to a port of the node go to a pod on it. */

import type { Node, Pod } from '../cluster/cluster.ts';
import type { IpFamily } from '../net/ip.ts';
import type { RulesetPart } from '../netfilter/ruleset.ts';

export interface HostPortInput {
  readonly node: Node;
  readonly family: IpFamily;
  /** Pods with an interface of their own on this node, in the order in which they got it. */
  readonly pods: readonly Pod[];
}

/** What the plugin adds to the node's packet filter for one family. */
export type HostPorts = (input: HostPortInput) => RulesetPart;
