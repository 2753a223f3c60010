/** Sets, verdict maps, goto and numgen. Semantics: nft(8), VERDICT STATEMENTS, SETS, MAPS. */

import { describe, expect, test } from 'vitest';
import { evaluateStation, verdictNameOf, visitOrigin } from '../../src/netfilter/evaluate.ts';
import { nftRuleLines, printNftRule } from '../../src/netfilter/print-nft.ts';
import type { Chain, Match, Rule, Table, Target, VerdictMap } from '../../src/netfilter/ruleset.ts';
import type { KeyField, NamedSet } from '../../src/netfilter/sets.ts';
import { accept, cidr, context, drop, ip, jump, rule, to } from './rules.ts';

const KEY: readonly KeyField[] = ['destination', 'protocol', 'destination-port'];
const goTo = (chain: string): Target => ({ kind: 'goto', chain });
const set: NamedSet = { name: 'ips', type: 'ipv4_addr', elements: new Map([['10.0.0.2', { origin: [] }]]) };
const map: VerdictMap = {
  name: 'services',
  type: 'ipv4_addr . inet_proto . inet_service : verdict',
  elements: new Map([
    ['10.0.0.2 . tcp . 80', { target: goTo('web') as { kind: 'goto'; chain: string }, origin: [] }],
    ['10.0.0.3 . tcp . 80', { target: { kind: 'drop' }, verdictName: 'nobody', comment: 'shop', origin: [] }],
  ]),
};
const lookUp = rule([], { kind: 'vmap', key: KEY, map });

function outcomes(chains: Readonly<Record<string, readonly Rule[]>>, facts = {}) {
  const made = Object.entries(chains).map(([name, rules]): [string, Chain] => [name, { name, rules }]);
  const table: Table = { name: 't', syntax: 'nftables', chains: new Map(made) };
  const chain = table.chains.get('base');
  if (chain === undefined) throw new Error('no base chain');
  return evaluateStation({ table, chain }, context(facts));
}
const brief = (chains: Readonly<Record<string, readonly Rule[]>>, facts = {}) =>
  outcomes(chains, facts).map(({ verdict, chains: names, share }) => [
    verdict,
    names.join(' '),
    share.numerator / share.denominator,
  ]);
const going = (text: string, port = 80) => ({
  packet: { ...context().packet, dst: ip(text), dstPort: port },
});

describe('a verdict map', () => {
  const chains = { base: [lookUp, rule([], accept)], web: [rule([], drop)] };
  test('gives the verdict of the key', () => {
    expect(brief(chains)).toEqual([['drop', 'base web', 1]]);
    expect(brief(chains, going('10.0.0.3'))).toEqual([['drop', 'base', 1]]);
  });

  test('without the key is passed over', () => {
    expect(brief(chains, going('10.0.0.2', 81))).toEqual([['accept', 'base', 1]]);
    const [outcome] = outcomes(chains, going('10.0.0.2', 81));
    expect(outcome?.trail.map(({ position }) => position)).toEqual([2]);
  });

  test('names what it found', () => {
    const [outcome] = outcomes(chains, going('10.0.0.3'));
    const [visit] = outcome?.trail ?? [];
    expect(visit?.element).toMatchObject({ map: 'services', key: '10.0.0.3 . tcp . 80' });
    expect(verdictNameOf(outcome?.trail ?? [])).toBe('nobody');
    expect(visit && visitOrigin(visit)).toEqual([]);
  });
});

test('what follows goto is left out when the chain ends, what follows jump is not', () => {
  const chains = (target: Target) => ({
    base: [rule([], jump('middle')), rule([], accept)],
    middle: [rule([], target), rule([], drop)],
    end: [],
  });
  expect(brief(chains(goTo('end')))).toEqual([['accept', 'base', 1]]);
  expect(brief(chains(jump('end')))).toEqual([['drop', 'base middle', 1]]);
  expect(brief({ base: [rule([], goTo('end')), rule([], drop)], end: [] })).toEqual([['accept', 'base', 1]]);
});

test('numgen takes each chain with the same share, in order', () => {
  const spread = rule([], { kind: 'spread', chains: ['a', 'b', 'c'] });
  const chains = { base: [spread], a: [rule([], accept)], b: [rule([], drop)], c: [] };
  expect(brief(chains)).toEqual([
    ['accept', 'base a', 1 / 3],
    ['drop', 'base b', 1 / 3],
    ['accept', 'base', 1 / 3],
  ]);
});

test.each<[Match, boolean]>([
  [{ kind: 'set', set, key: ['destination'] }, true],
  [{ kind: 'set', set, key: ['source'] }, false],
  [{ kind: 'set', set, key: ['source'], not: true }, true],
  [{ kind: 'address-in', side: 'src', cidrs: [cidr('10.9.0.0/16'), cidr('10.0.0.0/24')] }, true],
  [{ kind: 'address-in', side: 'dst', cidrs: [cidr('10.9.0.0/16')] }, false],
  [{ kind: 'address-in', side: 'dst', cidrs: [cidr('10.9.0.0/16')], not: true }, true],
])('match %#', (match, holds) => {
  expect(brief({ base: [rule([match], drop)] })[0]?.[0]).toBe(holds ? 'drop' : 'accept');
});

// The spelling: nft(8); that nft takes it is tried in test/kernel/nftables.test.ts.
test.each<[Match, string]>([
  [to('10.0.0.0/8'), 'ip daddr 10.0.0.0/8'],
  [{ kind: 'source', cidr: cidr('10.0.0.1/32'), not: true }, 'ip saddr != 10.0.0.1'],
  [{ kind: 'protocol', protocol: 'sctp' }, 'meta l4proto sctp'],
  [{ kind: 'in-interface', name: 'veth+', not: true }, 'iifname != "veth*"'],
  [{ kind: 'out-interface', name: 'eth0' }, 'oifname "eth0"'],
  [{ kind: 'destination-port', port: 80 }, 'th dport 80'],
  [{ kind: 'source-port', port: 80 }, 'th sport 80'],
  [{ kind: 'conntrack-state', states: ['RELATED', 'ESTABLISHED'] }, 'ct state related,established'],
  [{ kind: 'mark', value: 0x4000, mask: 0x4000 }, 'mark and 0x004000 == 0x004000'],
  [{ kind: 'mark', value: 0x4000, mask: 0x4000, not: true }, 'mark and 0x004000 == 0'],
  [{ kind: 'address-type', side: 'dst' }, 'fib daddr type local'],
  [{ kind: 'set', set, key: ['destination'] }, 'ip daddr @ips'],
  [{ kind: 'recent', action: 'set', list: 'kept' }, 'update @kept { ip saddr }'],
  [{ kind: 'recent', action: 'check', list: 'kept' }, 'ip saddr @kept'],
])('prints %#', (match, text) => {
  expect(printNftRule(rule([match]), 4)).toBe(text);
});

test.each<[Target, string]>([
  [{ kind: 'reject' }, 'reject'],
  [{ kind: 'dnat', ip: ip('fd00::1'), port: 80 }, 'dnat to [fd00::1]:80'],
  [{ kind: 'snat', ip: ip('10.0.0.1'), randomFully: true }, 'snat to 10.0.0.1 fully-random'],
  [{ kind: 'masquerade', randomFully: false }, 'masquerade'],
  [{ kind: 'mark-xor', bits: 1 }, 'mark set mark xor 0x000001'],
])('prints %#', (target, text) => {
  expect(printNftRule(rule([], target), 6)).toBe(text);
});

test('a rule carries its origin; quotation marks and line ends are left out of texts', () => {
  const made = rule([], drop, 'says "no"\nand no');
  const table: Table = {
    name: 't',
    syntax: 'nftables',
    chains: new Map([['c', { name: 'c', rules: [made] }]]),
  };
  expect([...nftRuleLines({ family: 6, tables: [table] })].flat()).toEqual([
    { text: 'add table ip6 t', origin: undefined },
    { text: 'add chain ip6 t c', origin: undefined },
    { text: 'add rule ip6 t c drop comment "says  no  and no"', origin: made.origin },
  ]);
});
