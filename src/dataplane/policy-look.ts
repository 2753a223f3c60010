/** What a policy engine says of a packet, and where it can stand. Engines are made in policy-guard.ts. */

import type { Pod } from '../cluster/cluster.ts';
import type { Packet } from '../net/packet.ts';
import type { Verdict } from '../policy/verdict.ts';

/** Where a packet is when an engine may look at it, with the devices that it comes in and leaves by. */
export interface GuardPoint {
  readonly at: 'forward' | 'postrouting' | 'input' | 'from-pod' | 'to-pod' | 'to-port';
  readonly in?: string | undefined;
  readonly out?: string | undefined;
}

/** What an engine says of a packet for one of its ends. */
export interface PolicyLook {
  readonly pod: Pod;
  /** The chain or program that looked. */
  readonly place: string;
  readonly verdict: Verdict;
  /** It would deny, and somebody asked what would happen if it did not. */
  readonly isIgnored: boolean;
}

/** What the engine says at a point: nothing, or the sender's egress before the receiver's ingress. */
export type PolicyGuard = (packet: Packet, point: GuardPoint) => readonly PolicyLook[];
