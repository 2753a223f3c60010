/** Any rules: the engine against an interpreter that knows no index, no call stack and no forks. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hostCidr } from '../../src/net/cidr.ts';
import { addFractions, type Fraction, multiplyFractions, ONE } from '../../src/net/fraction.ts';
import { evaluateHook } from '../../src/netfilter/evaluate.ts';
import type { FilterContext } from '../../src/netfilter/match.ts';
import type { Match, Rule, Ruleset, Target } from '../../src/netfilter/ruleset.ts';
import { context, filterTable, ip, packet, to } from '../netfilter/rules.ts';

const ADDRESSES = ['10.0.0.1', '10.0.0.2', '192.168.0.2'].map(ip);

const not = fc.boolean();
const plainMatch: fc.Arbitrary<Match> = fc.oneof(
  fc.record({
    kind: fc.constant('destination' as const),
    cidr: fc.constantFrom(...ADDRESSES).map(hostCidr),
    not,
  }),
  fc.record({ kind: fc.constant('destination-port' as const), port: fc.constantFrom(80, 81), not }),
  fc.record({ kind: fc.constant('mark' as const), value: fc.constantFrom(0, 1), mask: fc.constant(1), not }),
  fc.record({ kind: fc.constant('address-type' as const), side: fc.constant('dst' as const), not }),
);
const chance: fc.Arbitrary<Match> = fc.record({
  kind: fc.constant('statistic' as const),
  oneIn: fc.integer({ min: 2, max: 4 }),
});
const targetOf = (later: readonly string[]): fc.Arbitrary<Target | undefined> =>
  fc.oneof(
    fc.constantFrom<Target | undefined>(undefined, { kind: 'accept' }, { kind: 'drop' }, { kind: 'return' }),
    fc.constantFrom<Target>({ kind: 'mark-or', bits: 1 }, { kind: 'mark-xor', bits: 1 }),
    ...(later.length === 0
      ? []
      : [fc.constantFrom(...later).map((chain): Target => ({ kind: 'jump', chain }))]),
  );
const ruleOf = (matches: fc.Arbitrary<Match[]>, later: readonly string[]): fc.Arbitrary<Rule> =>
  fc
    .tuple(matches, targetOf(later))
    .map(([found, target]) => ({ matches: found, ...(target === undefined ? {} : { target }), origin: [] }));
const plain = fc.array(plainMatch, { minLength: 1, maxLength: 3 });
const chancy = fc.tuple(plainMatch, chance).map(([match, choice]) => [choice, match]);

/** Long enough to be indexed, short enough to be scanned, with at most `most` random choices. */
const rules = (later: readonly string[], most: number): fc.Arbitrary<readonly Rule[]> =>
  fc
    .tuple(
      fc.array(ruleOf(plain, later), { maxLength: 45, size: 'max' }),
      fc.array(fc.tuple(fc.nat(45), ruleOf(chancy, later)), { maxLength: most }),
    )
    .map(([made, choices]) => choices.reduce((list, [at, rule]) => list.toSpliced(at, 0, rule), made));

/** Chain A, which has random choices of its own, is entered once, so that they do not multiply for ever. */
const ruleset: fc.Arbitrary<Ruleset> = fc
  .tuple(rules(['B', 'C'], 4), rules(['B', 'C'], 2), rules(['C'], 0), rules([], 0), fc.nat(45))
  .map(([input, a, b, c, at]) =>
    filterTable({
      INPUT: input.toSpliced(at, 0, { matches: [], target: { kind: 'jump', chain: 'A' }, origin: [] }),
      A: a,
      B: b,
      C: c,
    }),
  );

interface Result {
  readonly verdict: string;
  readonly mark: number;
  readonly share: Fraction;
  readonly trail: readonly string[];
}

/** The outcome of one way to choose, or how far it came until the next choice. */
type Run = Result | 'needs another choice';

function interpret(made: Ruleset, at: FilterContext, chosen: readonly boolean[]): Run {
  const left = [...chosen];
  const trail: string[] = [];
  let { mark } = at.packet;
  let share = ONE;
  let starved = false;
  const matches = (match: Match): boolean => {
    if (match.kind !== 'statistic') return holds(match, at, mark);
    const choice = left.shift();
    starved ||= choice === undefined;
    const numerator = choice === true ? 1 : match.oneIn - 1;
    share = multiplyFractions(share, { numerator, denominator: match.oneIn });
    return choice === true;
  };
  /** What the rule decides: a verdict, to leave the chain, or nothing. */
  const obey = (target: Target | undefined): string | undefined => {
    if (target?.kind === 'mark-or') mark |= target.bits;
    if (target?.kind === 'mark-xor') mark ^= target.bits;
    if (target?.kind === 'jump') return walk(target.chain);
    return target?.kind.startsWith('mark') ? undefined : target?.kind;
  };
  const walk = (name: string): string | undefined => {
    for (const [index, rule] of rulesOf(made, name).entries()) {
      if (!chancesLast(rule.matches).every(matches)) continue;
      trail.push(`${name} ${index + 1}`);
      const decision = starved ? 'starved' : obey(rule.target);
      if (decision !== undefined) return decision === 'return' ? undefined : decision;
    }
    return undefined;
  };
  const verdict = walk('INPUT') ?? 'accept';
  return starved ? 'needs another choice' : { verdict, mark, share, trail };
}

function rulesOf({ tables }: Ruleset, chain: string): readonly Rule[] {
  return tables[0]?.chains.get(chain)?.rules ?? [];
}

function chancesLast(matches: readonly Match[]): readonly Match[] {
  return matches.toSorted((a, b) => Number(a.kind === 'statistic') - Number(b.kind === 'statistic'));
}

function holds(match: Match, at: FilterContext, mark: number): boolean {
  switch (match.kind) {
    case 'destination':
      return (match.cidr.base === at.packet.dst) !== match.not;
    case 'destination-port':
      return (match.port === at.packet.dstPort) !== match.not;
    case 'mark':
      return ((mark & 1) === match.value) !== match.not;
    default:
      return at.isLocal(at.packet.dst) !== (match as { readonly not?: boolean }).not;
  }
}

/** Every way to choose, a match before a miss. */
function interpretAll(made: Ruleset, at: FilterContext, chosen: readonly boolean[] = []): readonly Result[] {
  const run = interpret(made, at, chosen);
  if (run !== 'needs another choice') return [run];
  return [true, false].flatMap((choice) => interpretAll(made, at, [...chosen, choice]));
}

const asked = fc
  .record({
    dst: fc.constantFrom(...ADDRESSES),
    dstPort: fc.constantFrom(80, 81, 82),
    mark: fc.constantFrom(0, 1),
  })
  .map((facts) => context({ packet: packet(facts) }));

test('outcomes, their order, shares, marks and trails are those of the plain reading', () => {
  fc.assert(
    fc.property(ruleset, asked, (made, at) => {
      const outcomes = evaluateHook(made, 'filter', 'input', at).map(({ verdict, mark, share, trail }) => ({
        verdict,
        mark,
        share,
        trail: trail.map(({ chain, position }) => `${chain} ${position}`),
      }));
      expect(outcomes).toEqual(interpretAll(made, at));
    }),
    { numRuns: 200 },
  );
});

test('the shares of all outcomes sum to one', () => {
  fc.assert(
    fc.property(ruleset, asked, (made, at) => {
      const shares = evaluateHook(made, 'filter', 'input', at).map(({ share }) => share);
      expect(shares.reduce(addFractions)).toEqual(ONE);
    }),
    { numRuns: 100 },
  );
});

test('rules that cannot match may be put anywhere', () => {
  const never: Rule = { matches: [to('10.99.0.1/32')], target: { kind: 'drop' }, origin: [] };
  fc.assert(
    fc.property(ruleset, asked, fc.nat(50), (made, at, where) => {
      const rules = rulesOf(made, 'INPUT');
      const chains = new Map(made.tables[0]?.chains);
      chains.set('INPUT', {
        name: 'INPUT',
        hook: 'input',
        policy: 'accept',
        rules: rules.toSpliced(where, 0, ...Array<Rule>(40).fill(never)),
      });
      const padded: Ruleset = { ...made, tables: [{ name: 'filter', syntax: 'iptables', chains }] };
      const brief = (each: Ruleset) =>
        evaluateHook(each, 'filter', 'input', at).map(({ verdict, mark, share }) => ({
          verdict,
          mark,
          share,
        }));
      expect(brief(padded)).toEqual(brief(made));
    }),
    { numRuns: 100 },
  );
});
