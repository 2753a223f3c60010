/**
 * The tracer's words. A flow is what is asked; it takes one path for each random choice on its way.
 * A path's walk is a list of hops (one network namespace each), a hop a list of steps (one operation
 * each), and it ends in exactly one disposition. The answer's way back is a walk of its own.
 */

import type { PodKey } from '../cluster/cluster.ts';
import type { NetworkEvent } from '../dataplane/event.ts';
import type { NamespaceId, Place } from '../dataplane/network.ts';
import type { Stop } from '../dataplane/transit.ts';
import type { Fraction } from '../net/fraction.ts';
import type { Ip } from '../net/ip.ts';
import type { Packet, Protocol } from '../net/packet.ts';
import type { SocketOwner } from '../netfilter/match.ts';
import type { BalancerChoice } from './balancer-choice.ts';
import type { Disposition, Reason } from './disposition.ts';

/** One transport connection, as its program opens it. */
export interface Flow {
  readonly from: NamespaceId;
  readonly protocol: Protocol;
  readonly srcPort: number;
  readonly dst: Ip;
  readonly dstPort: number;
  /** The address that the program binds its socket to; undefined: the kernel chooses one. */
  readonly src?: Ip;
  /** Whose process it is; undefined: no one's that a rule asks for. */
  readonly owner?: SocketOwner;
  /** That its socket gives to packets (SO_MARK); undefined: none. */
  readonly mark?: number;
}

/** Why a walk ends without anybody taking the packet. */
export type Cause =
  | Stop
  | {
      readonly kind: 'no-such-address';
      readonly range: 'service' | 'pod';
      /** The node that has the address; no route of the sender's leads there. */
      readonly owner?: string;
      /** The pod that has it, outside of every node's range. */
      readonly pod?: string;
    }
  /** An outside host dials an address that only the cluster routes. */
  | { readonly kind: 'cluster-internal' }
  | { readonly kind: 'too-many-hops' }
  /** The load balancer takes connections from some ranges only. */
  | { readonly kind: 'source-range' }
  /** Nothing tells how the load balancer gets at the pods. */
  | { readonly kind: 'no-node-port' }
  /** The answer arrives, but not from whom the program waits for; or it ends where nobody waits for it. */
  | { readonly kind: 'unexpected-reply'; readonly expected: string; readonly elsewhere?: true };

export type Step =
  | NetworkEvent
  | { readonly kind: 'originate'; readonly packet: Packet; readonly device: string }
  /** A load balancer chose a node; `before` is the packet as it came to it. */
  | {
      readonly kind: 'balance';
      readonly packet: Packet;
      readonly before: Packet;
      readonly choice: BalancerChoice;
    }
  | { readonly kind: 'accept'; readonly packet: Packet; readonly device: string; readonly pod?: PodKey }
  | {
      readonly kind: 'end';
      readonly packet: Packet;
      readonly disposition: Disposition;
      readonly cause: Cause;
    };

export interface Hop {
  readonly place: Place;
  readonly namespace: NamespaceId;
  readonly steps: readonly Step[];
}

/** One way through the random choices, there and back. */
export interface Walk {
  /** Part of new connections that take it. */
  readonly share: Fraction;
  /** What other replicas get, to whom the way is the same: the walk stands for theirs. */
  readonly alike?: readonly Packet[];
  /** How many other ways, which were not walked, it stands for. */
  readonly merged?: number;
  readonly hops: readonly Hop[];
  readonly disposition: Disposition;
  readonly reason?: Reason;
  /** Who took the packet, and as what it arrived. */
  readonly taker?: { readonly namespace: NamespaceId; readonly place: Place; readonly packet: Packet };
  /** Walked when somebody took the packet. */
  readonly reply?: { readonly disposition: Disposition; readonly hops: readonly Hop[] };
}
