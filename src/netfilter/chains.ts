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

/** Every chain of a table, in the order of `eachChain`; what they hold is made once and kept. */
export function chainsOf(table: Table): readonly Chain[] {
  return [...chainsIn(table, (chain) => chain)].map(({ chain }) => chain);
}

/** A chain with rules that were made for this look at it. */
export interface SeenChain {
  readonly chain: Chain;
  readonly rules: Chain['rules'];
}

/**
 * Every chain of a table, each behind the one that leads to it first; each name once. What a chain holds is
 * made anew and not kept, so that a table of any size is gone through in little memory.
 */
export function eachChain(table: Table): Generator<SeenChain> {
  return chainsIn(table, (chain) => chain.build?.() ?? chain);
}

type ContentOf = (chain: Chain) => ChainContent;

function* chainsIn(table: Table, contentOf: ContentOf): Generator<SeenChain> {
  const seen = new Set<string>();
  for (const chain of table.chains.values()) yield* withSubchains(chain, seen, contentOf);
}

function* withSubchains(chain: Chain, seen: Set<string>, contentOf: ContentOf): Generator<SeenChain> {
  if (seen.has(chain.name)) return;
  seen.add(chain.name);
  const { rules, subchains } = contentOf(chain);
  yield { chain, rules };
  for (const subchain of subchains?.values() ?? []) yield* withSubchains(subchain, seen, contentOf);
}

/** The chains that nothing hangs on first, the base chains behind them. */
export function baseLast(chains: Iterable<Chain>): readonly Chain[] {
  return [...chains].sort((a, b) => Number(a.hook !== undefined) - Number(b.hook !== undefined));
}

const NO_CHAINS: ReadonlyMap<string, Chain> = new Map();
