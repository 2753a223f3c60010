/** Finding and making chains. */

import type { Chain, ChainContent, Hook, Ruleset, Table, TableName } from './ruleset.ts';

/** A chain whose content is computed once, when it is first walked. */
export function lazyChain(
  name: string,
  build: () => ChainContent,
  place: Pick<Chain, 'hook' | 'priority' | 'type' | 'comment'> = {},
): Chain {
  let content: ChainContent | undefined;
  const built = () => {
    content ??= build();
    return content;
  };
  return {
    ...place,
    name,
    build,
    get rules() {
      return built().rules;
    },
    get subchains() {
      return built().subchains ?? NO_CHAINS;
    },
    get sets() {
      return built().sets ?? [];
    },
  };
}

/** The iptables table of this name; undefined when the ruleset has none. */
export function tableOf(ruleset: Ruleset, name: TableName): Table | undefined {
  return ruleset.tables.find((table) => table.name === name && table.syntax === 'iptables');
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

/** The chains that nothing hangs on first, the base chains behind them. */
export function baseLast(chains: Iterable<Chain>): readonly Chain[] {
  return [...chains].sort((a, b) => Number(a.hook !== undefined) - Number(b.hook !== undefined));
}

const NO_CHAINS: ReadonlyMap<string, Chain> = new Map();
