import { expect, test } from 'vitest';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import type { Chain, Table } from '../../src/netfilter/ruleset.ts';
import { letsAllPass, stationsAt } from '../../src/netfilter/stations.ts';
import { accept, rule } from './rules.ts';

const table = (name: string, ...chains: readonly Chain[]): Table => ({
  name,
  syntax: 'nftables',
  chains: new Map(chains.map((chain) => [chain.name, chain])),
});
const base = (name: string, facts: Partial<Chain>): Chain => ({ name, rules: [], ...facts });

// Priorities: Linux include/uapi/linux/netfilter_ipv4.h. Equal ones: net/netfilter/core.c nf_hook_entries_grow.
test('base chains run by priority, of equal ones the last registered first', () => {
  const one = table(
    'one',
    base('early', { hook: 'prerouting', priority: -110 }),
    base('nat', { hook: 'prerouting', priority: -100, type: 'nat' }),
    base('other', { hook: 'input', priority: 0 }),
    base('none', {}),
  );
  const two = table('two', base('nat', { hook: 'prerouting', priority: -100, type: 'nat' }));
  const ruleset = composeRuleset(4, [
    { chains: [], base: [], tables: [one] },
    { chains: [], base: [], tables: [two] },
  ]);
  const seen = stationsAt(ruleset, 'prerouting').map(
    (station) => `${station.table.name} ${station.priority} ${station.isNat}`,
  );
  expect(seen).toEqual([
    'raw -300 false',
    'mangle -150 false',
    'one -110 false',
    'two -100 true',
    'one -100 true',
    'nat -100 true',
  ]);
  const input = stationsAt(ruleset, 'input').map((station) => `${station.table.name} ${station.priority}`);
  expect(input).toEqual(['mangle -150', 'one 0', 'filter 0', 'nat 100']);
});

test('a chain without rules lets everything pass, unless its policy does not', () => {
  const [station] = stationsAt(composeRuleset(4, []), 'forward');
  if (station === undefined) throw new Error('no station');
  expect(letsAllPass(station)).toBe(true);
  expect(letsAllPass({ ...station, chain: { ...station.chain, policy: 'drop' } })).toBe(false);
  expect(letsAllPass({ ...station, chain: { ...station.chain, rules: [rule([], accept)] } })).toBe(false);
});
