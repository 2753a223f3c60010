import { expect, test } from 'vitest';
import { chainsOf, lazyChain, tableOf } from '../../src/netfilter/chains.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import type { BaseRule, RulesetPart } from '../../src/netfilter/ruleset.ts';
import { jump, rule } from './rules.ts';

const base = (comment: string, position: BaseRule['position'], at: Partial<BaseRule> = {}): BaseRule => ({
  table: 'nat',
  hook: 'postrouting',
  rule: rule([], undefined, comment),
  position,
  ...at,
});
const part = (...rules: readonly BaseRule[]): RulesetPart => ({ chains: [], base: rules });

test("has the kernel's tables with their chains, which accept", () => {
  const tables = composeRuleset(6, []).tables.map(({ name, chains }) => [name, [...chains.keys()].join(' ')]);
  expect(Object.fromEntries(tables)).toEqual({
    raw: 'PREROUTING OUTPUT',
    mangle: 'PREROUTING INPUT FORWARD OUTPUT POSTROUTING',
    nat: 'PREROUTING INPUT OUTPUT POSTROUTING',
    filter: 'INPUT FORWARD OUTPUT',
  });
  const nat = tableOf(composeRuleset(6, []), 'nat');
  expect(nat?.chains.get('POSTROUTING')).toEqual({
    name: 'POSTROUTING',
    hook: 'postrouting',
    policy: 'accept',
    rules: [],
  });
});

test('a part that is installed later prepends before what is there; its own rules keep their order', () => {
  const ruleset = composeRuleset(4, [
    part(base('a1', 'append'), base('a2', 'prepend'), base('a3', 'prepend')),
    part(base('b1', 'prepend'), base('b2', 'append'), base('b3', 'prepend')),
    part(
      base('other hook', 'prepend', { hook: 'output' }),
      base('other table', 'prepend', { table: 'mangle' }),
    ),
  ]);
  const rules = tableOf(ruleset, 'nat')?.chains.get('POSTROUTING')?.rules;
  expect(rules?.map(({ comment }) => comment)).toEqual(['b1', 'b3', 'a2', 'a3', 'a1', 'b2']);
});

test("a part's chains go to their table; the last one to declare a chain has it", () => {
  const chain = (comment: string) => ({ name: 'X', rules: [rule([], undefined, comment)] });
  const ruleset = composeRuleset(4, [
    { chains: [{ table: 'nat', chain: chain('first') }], base: [] },
    {
      chains: [
        { table: 'nat', chain: chain('second') },
        { table: 'filter', chain: chain('filter') },
      ],
      base: [],
    },
  ]);
  expect(tableOf(ruleset, 'nat')?.chains.get('X')?.rules[0]?.comment).toBe('second');
  expect(tableOf(ruleset, 'filter')?.chains.get('X')?.rules[0]?.comment).toBe('filter');
});

test('a rule for a chain that a table has not got is a bug', () => {
  expect(() => composeRuleset(4, [part(base('x', 'append', { table: 'filter' }))])).toThrow(
    'table filter has no postrouting chain',
  );
});

test('a lazy chain is built once, when it is first looked at; subchains are listed once', () => {
  let built = 0;
  const leaf = { name: 'LEAF', rules: [] };
  const lazy = (name: string) =>
    lazyChain(name, () => {
      built += 1;
      return { rules: [rule([], jump('LEAF'))], subchains: new Map([['LEAF', leaf]]) };
    });
  const chains = ['A', 'B'].map((name) => ({ table: 'nat' as const, chain: lazy(name) }));
  const nat = tableOf(composeRuleset(4, [{ chains, base: [] }]), 'nat');
  expect(built).toBe(0);
  if (nat === undefined) throw new Error('no nat table');
  const names = () => chainsOf(nat).map(({ name }) => name);
  expect(names().slice(4)).toEqual(['A', 'LEAF', 'B']);
  expect(names()).toEqual(names());
  expect(built).toBe(2);
});
