/** What a kernel does with a packet, one operation each; the tracer strings them together as steps. */

import type { Cidr } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { Encapsulation, Packet } from '../net/packet.ts';
import type { ConntrackEntry, Direction } from '../netfilter/conntrack.ts';
import type { RuleTry, RuleVisit } from '../netfilter/evaluate.ts';
import type { Hook, Syntax } from '../netfilter/ruleset.ts';
import type { SourceRef } from '../source/ref.ts';
import type { PolicyLook } from './policy-look.ts';

/** Where rules decided: hook, table, the chain of chains, and the rules that matched. */
export interface FilterPoint {
  readonly hook: Hook;
  readonly table: string;
  readonly syntax: Syntax;
  /** Of the base chain. */
  readonly type: 'filter' | 'nat';
  readonly chains: readonly string[];
  readonly trail: readonly RuleVisit[];
  readonly decidedBy?: RuleVisit | undefined;
  /** Every rule that was tried; only where somebody asks for it. */
  readonly tried?: readonly RuleTry[] | undefined;
  /** Devices that the hook saw. */
  readonly in?: string | undefined;
  readonly out?: string | undefined;
}

/**
 * Where a program runs: its hook, the device (none for sockets), and its name; of a switch the port that the packet
 * came in by, and the table.
 */
export interface ProgramPoint {
  readonly at: 'connect' | 'tc-ingress' | 'tc-egress' | 'switch';
  readonly device?: string;
  readonly name: string;
}

export type Translation = 'dnat' | 'redirect' | 'snat' | 'masquerade' | 'reverse';

/** `packet` is the packet after the operation. */
export type NetworkEvent = { readonly packet: Packet } & (
  | {
      readonly kind: 'receive' | 'transmit';
      readonly device: string;
      readonly mtu: number;
      /** The bridge that the device is a port of. */
      readonly bridge?: string | undefined;
    }
  | { readonly kind: 'match'; readonly point: FilterPoint; readonly verdict: 'accept' | 'drop' | 'reject' }
  | {
      readonly kind: 'translate';
      readonly nat: Translation;
      readonly side: 'src' | 'dst';
      readonly before: Packet;
      /** Of the packet filter; undefined: a program rewrote it. */
      readonly hook: Hook | undefined;
      /** That program. */
      readonly program?: ProgramPoint | undefined;
      /** The rules that chose; undefined when conntrack rewrote by a known entry. */
      readonly point?: FilterPoint | undefined;
    }
  /** A program let the packet go on, as `text` says. */
  | {
      readonly kind: 'program';
      readonly point: ProgramPoint;
      readonly text: string;
      readonly because: readonly SourceRef[];
    }
  /** A policy engine looked at the packet, which went on. */
  | { readonly kind: 'policy'; readonly look: PolicyLook }
  | { readonly kind: 'track'; readonly entry: ConntrackEntry; readonly direction: Direction }
  | {
      readonly kind: 'route';
      readonly prefix: Cidr;
      readonly via?: Ip | undefined;
      readonly onlink: boolean;
      readonly device: string;
      /** Of the route, where it has one of its own. */
      readonly mtu?: number | undefined;
      /** The TTL before, when forwarding took one. */
      readonly ttlBefore?: number | undefined;
      readonly because: readonly SourceRef[];
    }
  | {
      readonly kind: 'neighbor';
      readonly address: Ip;
      readonly device: string;
      /** The node at the other end of a tunnel. */
      readonly owner?: string;
      readonly remote?: Ip;
      /** Hardware address, where it is fixed or can be computed. */
      readonly mac?: string;
    }
  | { readonly kind: 'bridge'; readonly bridge: string; readonly to: string }
  | {
      readonly kind: 'encapsulate' | 'decapsulate';
      readonly outer: Encapsulation;
      readonly device: string;
      /** Is the virtual network's number invented? */
      readonly isNetworkInvented?: true | undefined;
    }
);
