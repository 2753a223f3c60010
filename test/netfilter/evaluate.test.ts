import { describe, expect, test } from 'vitest';
import { addFractions, printFraction } from '../../src/net/fraction.ts';
import { evaluateHook, type Outcome } from '../../src/netfilter/evaluate.ts';
import type { FilterContext } from '../../src/netfilter/match.ts';
import type { Match, Rule, Ruleset, Target } from '../../src/netfilter/ruleset.ts';
import { accept, cidr, context, drop, filterTable, ip, jump, packet, rule, to } from './rules.ts';

const input = (ruleset: Ruleset, at: FilterContext = context()): readonly Outcome[] =>
  evaluateHook(ruleset, 'filter', 'input', at);

/** The only outcome of rules in INPUT. */
function only(rules: readonly Rule[], at?: FilterContext): Outcome {
  const outcomes = input(filterTable({ INPUT: rules }), at);
  expect(outcomes).toHaveLength(1);
  return outcomes[0] as Outcome;
}

/** Does a rule with this match alone match? */
const matches = (match: Match, at?: FilterContext): boolean =>
  only([rule([match], drop)], at).verdict === 'drop';

describe('the order of rules and chains', () => {
  test('the first rule that decides wins, and names itself', () => {
    const outcome = only([rule([to('10.0.0.9/32')], drop), rule([], accept, 'second'), rule([], drop)]);
    expect(outcome).toMatchObject({ verdict: 'accept', chains: ['INPUT'] });
    expect(outcome.decidedBy).toMatchObject({ table: 'filter', chain: 'INPUT', position: 2 });
    expect(outcome.decidedBy?.rule.comment).toBe('second');
    expect(outcome.trail).toEqual([outcome.decidedBy]);
  });

  test('at the end of the base chain its policy decides, by no rule', () => {
    const [outcome] = input(filterTable({ INPUT: [rule([to('10.0.0.9/32')], accept)] }, 'drop'));
    expect(outcome).toMatchObject({ verdict: 'drop', chains: ['INPUT'], trail: [] });
    expect(outcome?.decidedBy).toBeUndefined();
  });

  test('a chain that ends or returns goes on behind the jump', () => {
    const ruleset = filterTable({
      INPUT: [rule([], jump('A')), rule([], drop, 'behind')],
      A: [rule([], jump('B')), rule([], { kind: 'return' }), rule([], accept)],
      B: [rule([to('10.0.0.9/32')], accept)],
    });
    const [outcome] = input(ruleset);
    expect(outcome?.decidedBy).toMatchObject({ chain: 'INPUT', position: 2 });
    expect(outcome?.trail.map((visit) => `${visit.chain} ${visit.position}`)).toEqual([
      'INPUT 1',
      'A 1',
      'A 2',
      'INPUT 2',
    ]);
  });

  test('return in the base chain means its policy', () => {
    const [outcome] = input(filterTable({ INPUT: [rule([], { kind: 'return' }), rule([], accept)] }, 'drop'));
    expect(outcome).toMatchObject({ verdict: 'drop' });
    expect(outcome?.trail).toHaveLength(1);
    expect(outcome?.decidedBy).toBeUndefined();
  });

  test('a decision deep down ends the hook and tells the way there', () => {
    const ruleset = filterTable({
      INPUT: [rule([], jump('A')), rule([], drop)],
      A: [rule([], jump('B'))],
      B: [rule([], { kind: 'reject' })],
    });
    expect(input(ruleset)[0]).toMatchObject({ verdict: 'reject', chains: ['INPUT', 'A', 'B'] });
  });

  test('a rule without a target only leaves a trace', () => {
    expect(only([rule([]), rule([], drop)]).trail.map((visit) => visit.position)).toEqual([1, 2]);
  });

  test('a table or hook that is not there lets everything pass', () => {
    const passed = [
      { share: { numerator: 1, denominator: 1 }, verdict: 'accept', mark: 0, chains: [], trail: [] },
    ];
    expect(evaluateHook(filterTable({ INPUT: [rule([], drop)] }), 'nat', 'input', context())).toEqual(passed);
    expect(evaluateHook(filterTable({ INPUT: [rule([], drop)] }), 'filter', 'forward', context())).toEqual(
      passed,
    );
  });

  test('subchains of a chain are found before the chains of the table', () => {
    const base = filterTable({ INPUT: [], B: [rule([], accept)] });
    const subchains = new Map([['B', { name: 'B', rules: [rule([], drop)] }]]);
    const chains = new Map(base.tables[0]?.chains);
    chains.set('INPUT', { name: 'INPUT', hook: 'input', rules: [rule([], jump('B'))], subchains });
    const ruleset: Ruleset = { ...base, tables: [{ name: 'filter', syntax: 'iptables', chains }] };
    expect(input(ruleset)[0]?.verdict).toBe('drop');
  });

  test('what the kernel would not load is a bug: a missing chain, a loop', () => {
    expect(() => only([rule([], jump('A'))])).toThrow('no chain A');
    const loop = filterTable({
      INPUT: [rule([], jump('A'))],
      A: [rule([], jump('B'))],
      B: [rule([], jump('A'))],
    });
    expect(() => input(loop)).toThrow('chain A of table filter jumps to itself');
  });

  test('the same chain may be entered twice in a row', () => {
    const ruleset = filterTable({
      INPUT: [rule([], jump('A')), rule([], jump('A'))],
      A: [rule([], { kind: 'mark-or', bits: 1 })],
    });
    expect(input(ruleset)[0]?.trail).toHaveLength(4);
  });
});

describe('targets', () => {
  test('marks change what later rules see, and leave the hook', () => {
    const marked: Match = { kind: 'mark', value: 0x4000, mask: 0x4000 };
    const outcome = only([
      rule([marked], drop),
      rule([], { kind: 'mark-or', bits: 0x4001 }),
      rule([marked], { kind: 'mark-xor', bits: 0x4000 }),
      rule([marked], drop),
    ]);
    expect(outcome).toMatchObject({ verdict: 'accept', mark: 1 });
  });

  test('the highest bit of a mark is no sign', () => {
    const top = 0x80000000;
    const outcome = only([
      rule([], { kind: 'mark-or', bits: top }),
      rule([{ kind: 'mark', value: top, mask: top }], { kind: 'mark-xor', bits: 0x80000001 }),
    ]);
    expect(outcome.mark).toBe(1);
    expect(only([rule([], { kind: 'mark-or', bits: top })]).mark).toBe(top);
  });

  const translations: readonly Target[] = [
    { kind: 'dnat', ip: ip('10.1.0.1'), port: 8080 },
    { kind: 'snat', ip: ip('10.1.0.1'), randomFully: false },
    { kind: 'masquerade', randomFully: true },
  ];
  test.each(translations)('$kind ends the walk', (target) => {
    expect(only([rule([], target), rule([], drop)])).toMatchObject({ verdict: 'accept', nat: target });
  });
});

describe('matches', () => {
  const none: readonly [string, Match, FilterContext | undefined, boolean][] = [
    ['protocol', { kind: 'protocol', protocol: 'tcp' }, undefined, true],
    ['other protocol', { kind: 'protocol', protocol: 'udp' }, undefined, false],
    ['source', { kind: 'source', cidr: cidr('10.0.0.0/24') }, undefined, true],
    ['other source', { kind: 'source', cidr: cidr('10.0.1.0/24') }, undefined, false],
    ['destination', to('10.0.0.2/32'), undefined, true],
    ['other family', to('::/0'), undefined, false],
    ['source port', { kind: 'source-port', port: 40000 }, undefined, true],
    ['other source port', { kind: 'source-port', port: 80 }, undefined, false],
    ['destination port', { kind: 'destination-port', port: 80 }, undefined, true],
    ['other destination port', { kind: 'destination-port', port: 81 }, undefined, false],
    ['state', { kind: 'conntrack-state', states: ['RELATED', 'NEW'] }, undefined, true],
    ['other state', { kind: 'conntrack-state', states: ['RELATED', 'DNAT'] }, undefined, false],
    ['mark', { kind: 'mark', value: 2, mask: 6 }, context({ packet: packet({ mark: 11 }) }), true],
    ['other mark', { kind: 'mark', value: 2, mask: 6 }, context({ packet: packet({ mark: 6 }) }), false],
    [
      'local',
      { kind: 'address-type', side: 'dst' },
      context({ packet: packet({ dst: ip('192.168.0.2') }) }),
      true,
    ],
    [
      'local source',
      { kind: 'address-type', side: 'src' },
      context({ packet: packet({ src: ip('192.168.0.2') }) }),
      true,
    ],
    ['not local', { kind: 'address-type', side: 'dst' }, undefined, false],
    ['device', { kind: 'in-interface', name: 'cni0' }, context({ inDevice: 'cni0' }), true],
    ['other device', { kind: 'in-interface', name: 'cni0' }, context({ inDevice: 'cni01' }), false],
    ['device prefix', { kind: 'in-interface', name: 'veth+' }, context({ inDevice: 'veth1' }), true],
    ['other prefix', { kind: 'in-interface', name: 'veth+' }, context({ inDevice: 'eth0' }), false],
    ['out device', { kind: 'out-interface', name: 'eth0' }, context({ outDevice: 'eth0' }), true],
    ['out is not in', { kind: 'out-interface', name: 'eth0' }, context({ inDevice: 'eth0' }), false],
    ['no device', { kind: 'in-interface', name: '+' }, undefined, false],
  ];
  test.each(none)('%s', (_, match, at, expected) => {
    expect(matches(match, at)).toBe(expected);
    expect(matches({ ...match, not: true } as Match, at)).toBe(!expected);
  });

  test('all matches of a rule must hold', () => {
    const outcome = only([rule([to('10.0.0.2/32'), { kind: 'destination-port', port: 81 }], drop)]);
    expect(outcome.verdict).toBe('accept');
  });

  test('no source is recent in a first connection; remembering one always holds', () => {
    expect(matches({ kind: 'recent', action: 'check', list: 'A', seconds: 60 })).toBe(false);
    expect(matches({ kind: 'recent', action: 'set', list: 'A' })).toBe(true);
  });
});

describe('random choices', () => {
  const chance = (oneIn: number): Match => ({ kind: 'statistic', oneIn });
  const shares = (outcomes: readonly Outcome[]) =>
    outcomes.map(
      ({ decidedBy, share }) => `${decidedBy?.chain} ${decidedBy?.position}: ${printFraction(share)}`,
    );

  test('rules with 1/3, 1/2 and the rest share equally, in their order', () => {
    const outcomes = input(
      filterTable({ INPUT: [rule([oneIn(3)], accept), rule([chance(2)], accept), rule([], accept)] }),
    );
    expect(shares(outcomes)).toEqual(['INPUT 1: 1/3', 'INPUT 2: 1/3', 'INPUT 3: 1/3']);
  });

  test('a chance of one in one is none', () => {
    expect(shares(input(filterTable({ INPUT: [rule([chance(1)], accept)] })))).toEqual(['INPUT 1: 1/1']);
  });

  test('a rule that does not match anyway splits nothing', () => {
    const outcomes = input(filterTable({ INPUT: [rule([chance(2), to('10.0.0.9/32')], accept)] }));
    expect(outcomes).toHaveLength(1);
  });

  test('choices within choices come in the order of the rules, with marks and trails of their own', () => {
    const outcomes = input(
      filterTable({
        INPUT: [rule([chance(2)], jump('A')), rule([], { kind: 'mark-or', bits: 4 })],
        A: [rule([chance(3)], { kind: 'mark-or', bits: 1 }), rule([chance(2)], accept), rule([], drop)],
      }),
    );
    expect(outcomes.map(({ verdict, mark, share }) => [verdict, mark, printFraction(share)])).toEqual([
      ['accept', 1, '1/12'],
      ['drop', 1, '1/12'],
      ['accept', 0, '1/6'],
      ['drop', 0, '1/6'],
      ['accept', 4, '1/2'],
    ]);
    expect(outcomes.map(({ trail }) => trail.length)).toEqual([3, 3, 2, 2, 1]);
  });

  test('250 equal endpoints, the most that Kubernetes promises for a Service', () => {
    const rules = Array.from({ length: 250 }, (_, at) => rule([chance(250 - at)], accept));
    const outcomes = input(filterTable({ INPUT: rules }));
    expect(new Set(outcomes.map(({ share }) => printFraction(share)))).toEqual(new Set(['1/250']));
    expect(outcomes.map(({ share }) => share).reduce(addFractions)).toEqual({ numerator: 1, denominator: 1 });
  });
});

const oneIn = (amount: number): Match => ({ kind: 'statistic', oneIn: amount });

/** Of each outcome the rules tried: chain, position, and the kind of the match that failed. */
function triedBy(ruleset: Ruleset, changes: Partial<FilterContext> = {}) {
  const outcomes = input(ruleset, context({ keepTried: true, ...changes }));
  return outcomes.map(({ tried = [] }) =>
    tried.map(
      ({ chain, position, failed }) =>
        [chain, position, typeof failed === 'object' ? failed.kind : failed] as const,
    ),
  );
}

describe('the rules that are tried', () => {
  test('each with the first match that failed', () => {
    const ruleset = filterTable({
      INPUT: [rule([{ kind: 'protocol', protocol: 'tcp' }, to('10.0.0.9/32')], drop), rule([], jump('A'))],
      A: [rule([{ kind: 'destination-port', port: 81 }], drop)],
    });
    expect(triedBy(ruleset)).toEqual([
      [
        ['INPUT', 1, 'destination'],
        ['INPUT', 2, undefined],
        ['A', 1, 'destination-port'],
      ],
    ]);
    expect(input(ruleset).map(({ tried }) => tried)).toEqual([undefined]);
  });

  test('each way through random choices has its own', () => {
    const rules = [rule([], { kind: 'mark-or', bits: 1 }), rule([oneIn(3)], accept), rule([oneIn(2)], drop)];
    expect(triedBy(filterTable({ INPUT: rules }))).toEqual([
      [
        ['INPUT', 1, undefined],
        ['INPUT', 2, undefined],
      ],
      [
        ['INPUT', 1, undefined],
        ['INPUT', 2, 'statistic'],
        ['INPUT', 3, undefined],
      ],
      [
        ['INPUT', 1, undefined],
        ['INPUT', 2, 'statistic'],
        ['INPUT', 3, 'statistic'],
      ],
    ]);
  });

  test('of 10,000 Services and node ports: only those with the address or port of the packet', () => {
    const services = Array.from({ length: 10_000 }, (_, at) =>
      rule([to(`10.${96 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}/32`)], jump('A')),
    );
    const nodePorts = Array.from({ length: 10_000 }, (_, at) =>
      rule([{ kind: 'destination-port', port: 30_000 + at }], jump('A')),
    );
    const tail = rule([{ kind: 'address-type', side: 'dst', not: true }], jump('NODEPORTS'));
    const ruleset = filterTable({ INPUT: [...services, tail], NODEPORTS: nodePorts, A: [] });
    const tried = triedBy(ruleset, { packet: packet({ dst: ip('10.96.39.15'), dstPort: 39_999 }) });
    expect(tried[0]?.map(([, position]) => position)).toEqual([10_000, 10_001, 10_000]);
  });

  test('rules of a long chain keep their order, whatever they ask for', () => {
    const filler = Array.from({ length: 100 }, (_, at) => rule([to(`10.9.0.${at}/32`)], drop));
    const rules = [
      rule([{ kind: 'destination-port', port: 80 }], { kind: 'mark-or', bits: 1 }),
      ...filler,
      rule([{ kind: 'protocol', protocol: 'tcp' }], { kind: 'mark-or', bits: 2 }),
      rule([{ kind: 'destination', cidr: cidr('10.9.0.1/32'), not: true }], { kind: 'mark-or', bits: 4 }),
      rule([{ kind: 'destination-port', port: 81, not: true }], { kind: 'mark-or', bits: 8 }),
      rule([to('10.0.0.0/24')], { kind: 'mark-or', bits: 16 }),
      rule([to('10.0.0.2/32')], { kind: 'mark-or', bits: 32 }),
      rule([{ kind: 'destination-port', port: 80 }], { kind: 'mark-or', bits: 64 }),
    ];
    const outcome = only(rules);
    expect(outcome.trail.map((visit) => visit.position)).toEqual([1, 102, 103, 104, 105, 106, 107]);
    expect(outcome.mark).toBe(127);
  });
});
