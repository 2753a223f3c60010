/** A node is asked about the pods beside it in two ways: for one pod that is explained, and for all nodes at once. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Demand } from '../../src/cluster/placement/demands.ts';
import type { Gauge } from '../../src/cluster/placement/gauges.ts';
import { nodesBeside, podRefusals } from '../../src/cluster/placement/pod-rules.ts';

const NODES = 6;
const place = fc.integer({ min: -1, max: 3 });
const counts = fc.uniqueArray(fc.tuple(fc.nat(3), fc.nat(3)), { selector: ([at]) => at, maxLength: 4 });

const gauge = fc.tuple(fc.array(place, { minLength: NODES, maxLength: NODES }), counts, counts).map(
  ([places, selected, refusers]): Gauge => ({
    matcher: [],
    places: Int32Array.from(places),
    skipsTerminating: false,
    selected: new Map(selected),
    refusers: new Map(refusers),
    pull: new Map(),
  }),
);
const gauges = fc.array(gauge, { maxLength: 2 });
const spread = fc
  .tuple(gauge, fc.integer({ min: 1, max: 2 }), fc.nat(3))
  .map(([of, maxSkew, minDomains]) => ({
    gauge: of,
    constraint: { maxSkew, minDomains, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' },
    places: [...new Set(of.places)].filter((at) => at >= 0),
  }));
const demands = fc.record({
  hardSpread: fc.array(spread, { maxLength: 1 }),
  affinity: fc.option(fc.array(gauge, { minLength: 1, maxLength: 2 }), { nil: undefined }),
  antiAffinity: gauges,
});

test('the nodes beside whose pods a pod may run are those that refuse it for no reason', () => {
  fc.assert(
    fc.property(demands, gauges, fc.boolean(), (parts, others, selectsItself) => {
      const demand = parts as unknown as Demand;
      const selecting = [...others, ...(selectsItself ? (demand.affinity ?? []) : [])];
      const candidates = Array.from({ length: NODES }, (_, index) => index);
      const refusalOf = podRefusals(demand, selecting);
      expect(nodesBeside(demand, selecting, { candidates, total: NODES })).toEqual(
        candidates.filter((node) => refusalOf(node) === undefined),
      );
    }),
    { numRuns: 500 },
  );
});
