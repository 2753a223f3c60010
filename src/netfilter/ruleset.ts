/**
 * A packet filter as data: tables of chains of rules, each rule some matches and a target.
 * Nothing here knows Kubernetes; service proxies and CNIs compile to it, the engine runs it, printers
 * write it in the spelling of the kernel's tools.
 *
 *   in ──► prerouting ──► (route) ──► forward ──► postrouting ──► out
 *                            │                        ▲
 *                            ▼                        │
 *                          input ──► local ──► output ┘
 */

import type { Cidr } from '../net/cidr.ts';
import type { Ip, IpFamily } from '../net/ip.ts';
import type { Protocol } from '../net/packet.ts';
import type { SourceRef } from '../source/ref.ts';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter';
/** States of `--ctstate`; DNAT and SNAT say that the connection's addresses were rewritten. */
export type ConntrackState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'DNAT' | 'SNAT';

/** One test of a rule; all of them must hold. `not` inverts it. */
export type Match =
  | { readonly kind: 'protocol'; readonly protocol: Protocol; readonly not?: boolean }
  | { readonly kind: 'source'; readonly cidr: Cidr; readonly not?: boolean }
  | { readonly kind: 'destination'; readonly cidr: Cidr; readonly not?: boolean }
  /** A trailing `+` stands for any rest, as in iptables. */
  | { readonly kind: 'in-interface'; readonly name: string; readonly not?: boolean }
  | { readonly kind: 'out-interface'; readonly name: string; readonly not?: boolean }
  | { readonly kind: 'source-port'; readonly port: number; readonly not?: boolean }
  | { readonly kind: 'destination-port'; readonly port: number; readonly not?: boolean }
  /** Any of up to 15 ports (multiport). */
  | { readonly kind: 'destination-ports'; readonly ports: readonly number[]; readonly not?: boolean }
  | { readonly kind: 'conntrack-state'; readonly states: readonly ConntrackState[]; readonly not?: boolean }
  | { readonly kind: 'mark'; readonly value: number; readonly mask: number; readonly not?: boolean }
  /** The address is one of this namespace's own (routing table `local`). */
  | {
      readonly kind: 'address-type';
      readonly side: 'src' | 'dst';
      /** Only addresses of the device that the packet came in or goes out by (`--limit-iface-out`). */
      readonly interface?: 'in' | 'out';
      readonly not?: boolean;
    }
  /** Random choice: holds for one in `oneIn` of the connections that reach it. */
  | { readonly kind: 'statistic'; readonly oneIn: number }
  /** The list of recent sources (session affinity); it is empty for a first connection. */
  | {
      readonly kind: 'recent';
      readonly action: 'check' | 'set';
      readonly list: string;
      /** Seconds an entry lives; check only. */
      readonly seconds?: number;
    };

export type Target =
  | { readonly kind: 'accept' | 'drop' | 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'reject' }
  | { readonly kind: 'dnat'; readonly ip: Ip; readonly port: number }
  | { readonly kind: 'snat'; readonly ip: Ip; readonly randomFully: boolean }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean }
  | { readonly kind: 'mark-or'; readonly bits: number }
  | { readonly kind: 'mark-xor'; readonly bits: number }
  /** The connection's mark gets these bits (`CONNMARK --set-xmark`). */
  | { readonly kind: 'connmark-set'; readonly value: number; readonly mask: number }
  /** The packet's mark gets the connection's bits (`CONNMARK --restore-mark`). */
  | { readonly kind: 'connmark-restore'; readonly mask: number };

export interface Rule {
  readonly matches: readonly Match[];
  /** undefined: the rule only has the effects of its matches. */
  readonly target?: Target;
  readonly comment?: string;
  /** What the rule's maker calls its verdict (`no-endpoints`); the engine does not read it. */
  readonly verdictName?: string;
  /** The manifest fields that the rule is made from. */
  readonly origin: readonly SourceRef[];
}

export interface Chain {
  readonly name: string;
  /** Base chains hang on a hook. */
  readonly hook?: Hook;
  readonly policy?: 'accept' | 'drop';
  /** May be computed when first read. */
  readonly rules: readonly Rule[];
  /**
   * Chains that only rules of this chain jump to, by name. They are made with the rules and are not in
   * the table's map, so that a table of thousands of chains costs nothing before it is walked.
   */
  readonly subchains?: ReadonlyMap<string, Chain>;
}

export interface Table {
  readonly name: TableName;
  /** Without the subchains of chains; `chainsOf` in chains.ts lists them all. */
  readonly chains: ReadonlyMap<string, Chain>;
}

/** The packet filter of one network namespace for one address family, in iptables' fixed table order. */
export interface Ruleset {
  readonly syntax: 'iptables';
  readonly family: IpFamily;
  readonly tables: readonly Table[];
}

/**
 * A rule that a component puts into a base chain: before or behind what is there, or before everything that others
 * put there later, too (its maker puts it back whenever it is not the first).
 */
export interface BaseRule {
  readonly table: TableName;
  readonly hook: Hook;
  readonly rule: Rule;
  readonly position: 'top' | 'prepend' | 'append';
}

/** What one component (kube-proxy, a CNI) adds to a node's packet filter. */
export interface RulesetPart {
  readonly chains: readonly { readonly table: TableName; readonly chain: Chain }[];
  /** In their final order: a part's prepended rules stay in this order ahead of the others. */
  readonly base: readonly BaseRule[];
}
