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
import type { KeyField, NamedSet, SetElement } from './sets.ts';
import type { VirtualServers } from './virtual-servers.ts';

export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';
/** iptables' tables; their names say when they run. Tables of nftables have any name. */
export type TableName = 'raw' | 'mangle' | 'nat' | 'filter';
/** Whose rules a table holds: how they are printed, and how a missing chain's hook is found. */
export type Syntax = 'iptables' | 'nftables';
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
  /** The mark of its connection (connmark). */
  | {
      readonly kind: 'connection-mark';
      readonly value: number;
      readonly mask: number;
      readonly not?: boolean;
    }
  /** The socket that sent it is a process's of this user or group; no packet from outside has one (owner). */
  | { readonly kind: 'owner'; readonly by: 'uid' | 'gid'; readonly id: number; readonly not?: boolean }
  /** A socket of this namespace sent it (owner --socket-exists). */
  | { readonly kind: 'socket'; readonly not?: boolean }
  /** The address is one of this namespace's own (routing table `local`). */
  | {
      readonly kind: 'address-type';
      readonly side: 'src' | 'dst';
      /** Only addresses of the device that the packet came in or goes out by (`--limit-iface-out`). */
      readonly interface?: 'in' | 'out';
      readonly not?: boolean;
    }
  /** The address is in one of the ranges: an anonymous set of nftables. */
  | {
      readonly kind: 'address-in';
      readonly side: 'src' | 'dst';
      readonly cidrs: readonly Cidr[];
      readonly not?: boolean;
    }
  /** It came in by a port of a bridge (physdev). */
  | { readonly kind: 'bridged'; readonly not?: boolean }
  /** Its connection is one of this virtual server's (ipvs). */
  | {
      readonly kind: 'virtual-server';
      readonly ip: Ip;
      readonly protocol: Protocol;
      readonly port: number;
      readonly not?: boolean;
    }
  /** The packet's key is an element of a set. */
  | {
      readonly kind: 'set';
      readonly set: NamedSet;
      readonly key: readonly KeyField[];
      readonly not?: boolean;
    }
  /** Counts the packet under a name (nfnetlink accounting); it always holds. */
  | { readonly kind: 'nfacct'; readonly name: string }
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
  /** Connection tracking does not see the packet (CT --notrack); raw only. The next rule goes on. */
  | { readonly kind: 'notrack' }
  | { readonly kind: 'jump'; readonly chain: string }
  /** As jump, but what follows the rule is left out when the chain ends. */
  | { readonly kind: 'goto'; readonly chain: string }
  /** The verdict that the map has for the packet's key; without one, the next rule. */
  | { readonly kind: 'vmap'; readonly key: readonly KeyField[]; readonly map: VerdictMap }
  /** Goes to one of the chains, each as likely as the others. */
  | { readonly kind: 'spread'; readonly chains: readonly string[] }
  | { readonly kind: 'reject' }
  | { readonly kind: 'dnat'; readonly ip: Ip; readonly port: number }
  /** To this machine itself: 127.0.0.1 for what is sent here, else the address of the device it came in by. */
  | { readonly kind: 'redirect'; readonly port: number }
  | { readonly kind: 'snat'; readonly ip: Ip; readonly randomFully: boolean }
  | { readonly kind: 'masquerade'; readonly randomFully: boolean }
  | { readonly kind: 'mark-or'; readonly bits: number }
  | { readonly kind: 'mark-xor'; readonly bits: number }
  /** The connection's mark gets these bits (`CONNMARK --set-xmark`). */
  | { readonly kind: 'connmark-set'; readonly value: number; readonly mask: number }
  /** The packet's mark gets the connection's bits (`CONNMARK --restore-mark`). */
  | { readonly kind: 'connmark-restore'; readonly mask: number };

export interface VerdictElement extends SetElement {
  readonly target: Exclude<Target, { readonly kind: 'vmap' | 'spread' }>;
  /** What its maker calls the verdict, as in Rule. */
  readonly verdictName?: string;
}

export interface VerdictMap {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
  /** By key, as `setKey` makes it. May be computed when first read. */
  readonly elements: ReadonlyMap<string, VerdictElement>;
}

export interface Rule {
  readonly matches: readonly Match[];
  /** undefined: the rule only has the effects of its matches. */
  readonly target?: Target;
  readonly comment?: string | undefined;
  /** What the rule's maker calls its verdict (`no-endpoints`); the engine does not read it. */
  readonly verdictName?: string;
  /** The manifest fields that the rule is made from. */
  readonly origin: readonly SourceRef[];
}

export interface Chain {
  readonly name: string;
  /** Base chains hang on a hook. */
  readonly hook?: Hook;
  /** When a base chain runs among those of its hook; those of iptables' tables have theirs by the table. */
  readonly priority?: number;
  /** `nat`: only the first packet of a connection runs it. Those of iptables have it by the table. */
  readonly type?: 'filter' | 'nat';
  readonly policy?: 'accept' | 'drop';
  readonly comment?: string;
  /** May be computed when first read. */
  readonly rules: readonly Rule[];
  /**
   * Chains that only rules of this chain jump to, by name. They are made with the rules and are not in
   * the table's map, so that a table of thousands of chains costs nothing before it is walked.
   */
  readonly subchains?: ReadonlyMap<string, Chain>;
  /** Sets that the rules of this chain use and fill (session affinity). */
  readonly sets?: readonly NamedSet[];
  /** Makes rules, subchains and sets anew, for a printer that does not want to keep them all. */
  readonly build?: () => ChainContent;
  /**
   * The names of the subchains alone, in their order, if none of those has subchains: for a list of all names, which
   * is written before the rules.
   */
  readonly leafNames?: (() => readonly string[]) | undefined;
}

/** What a chain holds beside its name and its place. */
export type ChainContent = Pick<Chain, 'rules' | 'subchains' | 'sets'>;

export interface Table {
  /** One of TableName, or the name of a table of nftables. */
  readonly name: string;
  readonly syntax: Syntax;
  readonly comment?: string;
  /** Without the subchains of chains; `chainsOf` in chains.ts lists them all. */
  readonly chains: ReadonlyMap<string, Chain>;
}

/** The packet filter of one network namespace for one address family: iptables' tables, then others. */
export interface Ruleset {
  readonly family: IpFamily;
  /** undefined: none. */
  readonly virtualServers?: VirtualServers;
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
  /** Whole tables of its own (nftables). */
  readonly tables?: readonly Table[];
  readonly virtualServers?: VirtualServers;
}
