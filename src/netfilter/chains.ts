/** Finding and making chains. */

import type { Chain, Hook, Rule, Ruleset, Table, TableName } from './ruleset.ts';

/** What a lazily built chain is made of. */
export interface ChainContent {
  readonly rules: readonly Rule[];
  readonly subchains?: ReadonlyMap<string, Chain>;
}

/** A chain whose content is computed once, when it is first walked or printed. */
export function lazyChain(name: string, build: () => ChainContent): Chain {
  let content: ChainContent | undefined;
  const built = () => {
    content ??= build();
    return content;
  };
  return {
    name,
    get rules() {
      return built().rules;
    },
    get subchains() {
      return built().subchains ?? NO_CHAINS;
    },
  };
}

/** The table of this name; undefined when the ruleset has none. */
export function tableOf(ruleset: Ruleset, name: TableName): Table | undefined {
  return ruleset.tables.find((table) => table.name === name);
}

/** The base chain of a hook, named as iptables names it: `PREROUTING`. */
export function baseChainName(hook: Hook): string {
  return hook.toUpperCase();
}

/** Every chain of a table, a chain's own subchains behind it; each name once. Builds lazy chains. */
export function chainsOf(table: Table): readonly Chain[] {
  const chains = new Map<string, Chain>();
  const add = (chain: Chain): void => {
    if (chains.has(chain.name)) return;
    chains.set(chain.name, chain);
    for (const subchain of chain.subchains?.values() ?? []) add(subchain);
  };
  for (const chain of table.chains.values()) add(chain);
  return [...chains.values()];
}

const NO_CHAINS: ReadonlyMap<string, Chain> = new Map();
