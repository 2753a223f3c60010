/** The answer to `matrix` as programs read it (schema/matrix.schema.json; a test holds the two together). */

import type { AssumptionAnswer, DiagnosticAnswer, SourceAnswer } from '../answer.ts';

export interface MatrixAnswer {
  readonly schema: 'k8snet/matrix/1';
  readonly tool: { readonly name: 'k8snet'; readonly version: string };
  /** Does the cluster's CNI enforce policies? If not, everything is connected. */
  readonly enforced: boolean;
  readonly family: 4 | 6;
  readonly summary: MatrixSummary;
  readonly peers: readonly PeerAnswer[];
  /** Sets of peers that connections name, where pairs of peers are too many to list. */
  readonly groups?: readonly GroupAnswer[];
  /** `from` and `to` are ids of peers, or of groups where there are groups. What is not listed is denied. */
  readonly connections: readonly ConnectionAnswer[];
  /** Beside those: what nodes reach on themselves, whatever the policies say. */
  readonly ownNode?: readonly OwnNodeAnswer[];
  /** The same in few lines, for people. */
  readonly overview: readonly OverviewRow[];
  readonly exposure?: readonly ExposureAnswer[];
  readonly diagnostics: readonly DiagnosticAnswer[];
  readonly assumptions: readonly AssumptionAnswer[];
}

export interface MatrixSummary {
  readonly workloads: number;
  readonly pods: number;
  readonly policies: number;
  /** Ordered pairs of different peers that are asked about; those that may connect on a port that is asked about. */
  readonly pairs: number;
  readonly connected: number;
}

export interface PeerAnswer {
  /** `shop/deploy/web`, `shop/pod/web-0`, `203.0.113.0-203.0.113.255`. */
  readonly id: string;
  readonly kind: 'workload' | 'pod' | 'range';
  readonly namespace?: string;
  readonly name?: string;
  /** Deployment, StatefulSet, … */
  readonly workloadKind?: string;
  readonly pods?: number;
  /** In its node's network: no policy is about it, and as a peer it is the node. */
  readonly hostNetwork?: true;
  /** The directions in which a NetworkPolicy isolates it. */
  readonly isolated?: readonly ('ingress' | 'egress')[];
  /** Outside addresses: as the source or as the destination of connections. */
  readonly role?: 'source' | 'destination';
  readonly at?: SourceAnswer;
}

export interface GroupAnswer {
  readonly id: string;
  readonly text: string;
  readonly members: readonly string[];
}

export interface ConnectionAnswer {
  readonly from: string;
  readonly to: string;
  /** `All`, or `TCP 80,8080-8090; UDP 53`. */
  readonly ports: string;
}

/** A peer in a node's network, which may connect to the pods on its node; `connections` says what else it reaches. */
export interface OwnNodeAnswer {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
  /** Pods of `to` on the node. */
  readonly pods: number;
}

export interface OverviewRow {
  readonly from: string;
  readonly to: string;
  readonly ports: string;
}

export interface ExposureAnswer {
  /** Id of a peer. */
  readonly peer: string;
  readonly direction: 'ingress' | 'egress';
  readonly protected: boolean;
  /** Who could connect by the peer's own policies, also pods and namespaces that are not there yet. */
  readonly open: readonly { readonly to: string; readonly ports: string }[];
}
