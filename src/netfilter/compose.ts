/** Puts together a network namespace's packet filter from what its components install. */

import type { IpFamily } from '../net/ip.ts';
import { baseChainName } from './chains.ts';
import type { BaseRule, Chain, Hook, Rule, Ruleset, RulesetPart, Table, TableName } from './ruleset.ts';

/** The hooks of the kernel's tables, in the order a packet meets them (iptables(8), TABLES). */
const BASE_HOOKS: Readonly<Record<TableName, readonly Hook[]>> = {
  raw: ['prerouting', 'output'],
  mangle: ['prerouting', 'input', 'forward', 'output', 'postrouting'],
  nat: ['prerouting', 'input', 'output', 'postrouting'],
  filter: ['input', 'forward', 'output'],
};

/**
 * The packet filter of one family.
 * @param parts in the order of their installation: rules that a part prepends go before everything that
 * is there, in the part's own order; those that it appends go behind. A chain that several parts declare
 * is the last one's, as with `iptables-restore --noflush`.
 */
export function composeRuleset(family: IpFamily, parts: readonly RulesetPart[]): Ruleset {
  const names = Object.keys(BASE_HOOKS) as TableName[];
  const own = parts.flatMap((part) => part.tables ?? []);
  const virtualServers = parts.findLast((part) => part.virtualServers !== undefined)?.virtualServers;
  return {
    family,
    ...(virtualServers === undefined ? {} : { virtualServers }),
    tables: [...names.map((name) => composeTable(name, parts)), ...own],
  };
}

function composeTable(name: TableName, parts: readonly RulesetPart[]): Table {
  const chains = new Map<string, Chain>();
  const base = parts.map((part) => part.base.filter((rule) => rule.table === name));
  for (const hook of BASE_HOOKS[name]) {
    const top = base.flat().filter((rule) => rule.hook === hook && rule.position === 'top');
    const below = base.reduce((before, part) => installed(before, part, hook), [] as readonly Rule[]);
    const rules = [...top.map(({ rule }) => rule), ...below];
    chains.set(baseChainName(hook), { name: baseChainName(hook), hook, policy: 'accept', rules });
  }
  for (const { hook } of base.flat()) {
    if (!BASE_HOOKS[name].includes(hook)) throw new Error(`table ${name} has no ${hook} chain`);
  }
  for (const { table, chain } of parts.flatMap((part) => part.chains)) {
    if (table === name) chains.set(chain.name, chain);
  }
  return { name, syntax: 'iptables', chains };
}

function installed(before: readonly Rule[], part: readonly BaseRule[], hook: Hook): readonly Rule[] {
  const ofHook = part.filter((entry) => entry.hook === hook);
  const at = (position: BaseRule['position']) =>
    ofHook.filter((entry) => entry.position === position).map((entry) => entry.rule);
  return [...at('prepend'), ...before, ...at('append')];
}
