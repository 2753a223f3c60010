/**
 * The base chains that a packet meets at a hook, in the kernel's order: by priority; of equal ones, that
 * which was registered last goes first.
 * Source: Linux net/netfilter/core.c nf_hook_entries_grow, include/uapi/linux/netfilter_ipv4.h (priorities),
 * net/ipv4/netfilter/iptable_*.c; nft(8), CHAINS.
 */

import type { Chain, Hook, Ruleset, Table, TableName } from './ruleset.ts';

/** A base chain with what decides when it runs. */
export interface Station {
  readonly table: Table;
  readonly chain: Chain;
  readonly priority: number;
  /** Only the first packet of a connection runs it, until a rule has translated it. */
  readonly isNat: boolean;
}

/** Conntrack finds a packet's connection at prerouting and output (NF_IP_PRI_CONNTRACK). */
const CONNTRACK_PRIORITY = -200;
/** Virtual servers: behind filter at input, behind nat at output (ip_vs_core.c ip_vs_ops4). */
export const IPVS_PRIORITY = { input: 99, output: -98 } as const;
export const PRIORITIES = { raw: -300, mangle: -150, dnat: -100, filter: 0, snat: 100 } as const;

interface HookStations {
  readonly all: readonly Station[];
  /** Before conntrack finds the packet's connection; none where it does not look. */
  readonly early: readonly Station[];
  /** Those that are not early. */
  readonly later: readonly Station[];
}

const known = new WeakMap<Ruleset, Map<Hook, HookStations>>();

/** The stations of a hook; those without rules that let everything pass are among them. */
export function stationsAt(ruleset: Ruleset, hook: Hook): readonly Station[] {
  return stationsAround(ruleset, hook).all;
}

/** The same, before and behind conntrack. */
export function stationsAround(ruleset: Ruleset, hook: Hook): HookStations {
  const byHook = known.get(ruleset) ?? new Map<Hook, HookStations>();
  known.set(ruleset, byHook);
  const stations = byHook.get(hook) ?? around(findStations(ruleset, hook), hook);
  byHook.set(hook, stations);
  return stations;
}

function around(all: readonly Station[], hook: Hook): HookStations {
  const tracks = hook === 'prerouting' || hook === 'output';
  const isEarly = ({ priority }: Station) => tracks && priority < CONNTRACK_PRIORITY;
  return { all, early: all.filter(isEarly), later: all.filter((station) => !isEarly(station)) };
}

/** Has this station nothing to say? Most chains of iptables are empty. */
export function letsAllPass({ chain }: Station): boolean {
  return chain.rules.length === 0 && chain.policy !== 'drop';
}

function findStations(ruleset: Ruleset, hook: Hook): readonly Station[] {
  // A stable sort leaves those of equal priority as they are: the last registered first.
  return ruleset.tables
    .flatMap((table) =>
      [...table.chains.values()].filter((chain) => chain.hook === hook).map((chain) => station(table, chain)),
    )
    .reverse()
    .sort((a, b) => a.priority - b.priority);
}

function station(table: Table, chain: Chain): Station {
  const isNat = table.syntax === 'iptables' ? table.name === 'nat' : chain.type === 'nat';
  const priority = chain.priority ?? iptablesPriority(table.name as TableName, chain.hook);
  return { table, chain, priority, isNat };
}

function iptablesPriority(table: TableName, hook: Hook | undefined): number {
  if (table !== 'nat') return PRIORITIES[table];
  return hook === 'prerouting' || hook === 'output' ? PRIORITIES.dnat : PRIORITIES.snat;
}
