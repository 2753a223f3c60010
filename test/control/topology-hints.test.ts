/**
 * The cases are those of kubernetes/endpointslice: topologycache/utils_test.go (getGivingAndReceivingZones),
 * topologycache/topologycache_test.go (AddHints), utils_test.go (hintsEnabled).
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hintByZoneShares, isTopologyAuto, rebalanceZones } from '../../src/control/topology-hints.ts';
import type { HintedEndpoint } from '../../src/control/traffic-distribution.ts';

type Zones = Readonly<Record<string, number>>;
const map = (zones: Zones) => new Map(Object.entries(zones));
const endpoint = (zone: string | undefined): HintedEndpoint => ({
  zone,
  ready: true,
  zoneHints: [],
  nodeHints: [],
});
const hintsOf = (endpoints: readonly HintedEndpoint[]) => endpoints.map(({ zoneHints }) => zoneHints.join());

interface Rebalancing {
  readonly name: string;
  readonly desired: Zones;
  readonly current: Zones;
  readonly giving?: Zones;
  readonly receiving?: Zones;
}

const fives = { a: 5, b: 5, c: 5 };

test.each<Rebalancing>([
  { name: 'nothing', desired: {}, current: {} },
  { name: 'close enough', desired: { a: 1.2, b: 1.1, c: 1 }, current: { a: 1, b: 1, c: 1 } },
  {
    name: 'own zone preferred',
    desired: { a: 5.1, b: 5.1, c: 5.8 },
    current: { a: 16 },
    giving: { a: 10 },
    receiving: { b: 5, c: 5 },
  },
  {
    name: 'to the neediest',
    desired: { a: 5, b: 5.6, c: 5.4 },
    current: { a: 16 },
    giving: { a: 11 },
    receiving: { b: 6, c: 5 },
  },
  {
    name: 'from the richest',
    desired: { a: 5, b: 5.6, c: 5.4 },
    current: { b: 8, c: 8 },
    giving: { b: 2, c: 3 },
    receiving: { a: 5 },
  },
  { name: 'all have too many', desired: fives, current: { a: 6, b: 6, c: 6 } },
  { name: 'negative wishes', desired: { a: -5, b: -5, c: -5 }, current: { a: 6, b: 6, c: 6 } },
  { name: 'negative amounts', desired: fives, current: { a: -4, b: -3, c: -2 } },
  {
    name: 'one negative',
    desired: fives,
    current: { a: -40, b: 20, c: 20 },
    giving: { b: 15, c: 15 },
    receiving: { a: 30 },
  },
])('rebalancing, $name', ({ desired, current, giving = {}, receiving = {} }) => {
  const transfers = rebalanceZones(map(desired), map(current));
  expect(Object.fromEntries(transfers.giving)).toEqual(giving);
  expect(Object.fromEntries(transfers.receiving)).toEqual(receiving);
});

describe('hints', () => {
  const twoZones = map({ 'zone-a': 0.45, 'zone-b': 0.55 });

  test('only endpoints that are said to be ready count and get one', () => {
    const others = [false, undefined].map((ready) => ({ ...endpoint('zone-b'), ready }));
    const { endpoints, refusal } = hintByZoneShares(
      [endpoint('zone-a'), endpoint('zone-b'), ...others],
      twoZones,
    );
    expect(hintsOf(endpoints)).toEqual(['zone-a', 'zone-b', '', '']);
    expect(refusal).toBeUndefined();
  });

  test('a zone with too many gives, its first endpoint first', () => {
    const zones = ['a', 'b', 'c', 'c', 'a', 'a', 'a', 'b', 'c', 'a'];
    const { endpoints } = hintByZoneShares(
      zones.map((zone) => endpoint(zone)),
      map({ a: 0.35, b: 0.35, c: 0.3 }),
    );
    expect(hintsOf(endpoints)).toEqual(['b', 'b', 'c', 'c', 'a', 'a', 'a', 'b', 'c', 'a']);
  });

  test.each([
    ['nothing known', undefined, ['zone-a'], 'not known'],
    [
      'fewer endpoints than zones',
      map({ a: 0.3, b: 0.4, c: 0.3 }),
      ['a', 'b'],
      '(2 ready endpoints, 3 zones)',
    ],
    [
      'overload',
      map({ a: 0.5, b: 0.49, c: 0.01 }),
      ['a', 'b', 'c'],
      'overloaded (3 ready endpoints, 3 zones)',
    ],
    ['no zone', twoZones, ['zone-a', undefined], 'have no zone'],
    ['empty zone', twoZones, ['zone-a', ''], 'have no zone'],
  ])('none at all with %s', (_, shares, zones, reason) => {
    const before = zones.map((zone) => ({ ...endpoint(zone), zoneHints: ['old'] }));
    const { endpoints, refusal } = hintByZoneShares(before, shares);
    expect(hintsOf(endpoints)).toEqual(zones.map(() => ''));
    expect(refusal).toContain(reason);
  });

  test('with equal zones no zone gets more than one endpoint less than another', () => {
    const zones = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(zones, (picked) => {
        const shares = map({ a: 1 / 3, b: 1 / 3, c: 1 / 3 });
        const { endpoints, refusal } = hintByZoneShares(
          picked.map((zone) => endpoint(zone)),
          shares,
        );
        if (refusal !== undefined) return;
        const counts = ['a', 'b', 'c'].map(
          (zone) => endpoints.filter(({ zoneHints }) => zoneHints[0] === zone).length,
        );
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(picked.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

const MODE = 'service.kubernetes.io/topology-mode';
const DEPRECATED = 'service.kubernetes.io/topology-aware-hints';

test.each<[Readonly<Record<string, string>>, boolean]>([
  [{}, false],
  [{ 'topology-hints': 'Auto' }, false],
  [{ [MODE]: 'Auto' }, true],
  [{ [MODE]: 'auto' }, true],
  [{ [MODE]: 'aUto' }, false],
  [{ [DEPRECATED]: 'auto' }, true],
  [{ [DEPRECATED]: 'disabled', [MODE]: 'auto' }, false],
  [{ [DEPRECATED]: 'auto', [MODE]: 'disabled' }, true],
])('annotations %j ask for hints: %s', (annotations, expected) => {
  expect(isTopologyAuto(new Map(Object.entries(annotations)))).toBe(expected);
});
