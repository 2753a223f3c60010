/** Finding and making chains. */

import type { Chain, ChainContent, Hook, Ruleset, Table, TableName } from './ruleset.ts';

/**
 * A chain whose content is computed once, when it is first walked.
 * @param leafNames see `Chain`
 */
export function lazyChain(
  name: string,
  build: () => ChainContent,
  leafNames?: () => readonly string[],
): Chain {
  let content: ChainContent | undefined;
  const built = () => {
    content ??= build();
    return content;
  };
  return {
    name,
    build,
    leafNames,
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

/** Depth first, without recursion: each generator within a generator would cost a step for every chain. */
function* chainsIn(table: Table, contentOf: ContentOf): Generator<SeenChain> {
  const seen = new Set<string>();
  const open = [table.chains.values()];
  for (let level = open.at(-1); level !== undefined; level = open.at(-1)) {
    const { done, value: chain } = level.next();
    if (done === true) {
      open.pop();
    } else if (!seen.has(chain.name)) {
      seen.add(chain.name);
      const { rules, subchains } = contentOf(chain);
      yield { chain, rules };
      if (subchains !== undefined && subchains.size > 0) open.push(subchains.values());
    }
  }
}

/** The names of `eachChain`, each with its chain if that is a base chain. Rules are not made where they need not be. */
export function* eachChainName(table: Table): Generator<readonly [name: string, base?: Chain]> {
  const seen = new Set<string>();
  const withoutRules: ContentOf = (chain) =>
    chain.leafNames === undefined ? (chain.build?.() ?? chain) : { rules: [] };
  const isNew = (name: string) => seen.size < seen.add(name).size;
  for (const { chain } of chainsIn(table, withoutRules)) {
    if (isNew(chain.name)) yield chain.hook === undefined ? [chain.name] : [chain.name, chain];
    for (const leaf of chain.leafNames?.() ?? []) if (isNew(leaf)) yield [leaf];
  }
}

/** The chains that nothing hangs on first, the base chains behind them. */
export function baseLast(chains: Iterable<Chain>): readonly Chain[] {
  return [...chains].sort((a, b) => Number(a.hook !== undefined) - Number(b.hook !== undefined));
}

const NO_CHAINS: ReadonlyMap<string, Chain> = new Map();
