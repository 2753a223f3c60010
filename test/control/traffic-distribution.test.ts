/** The cases are those of kubernetes/endpointslice: trafficdist/trafficdist_test.go, reconciler_test.go. */

import { expect, test } from 'vitest';
import { featureGates } from '../../src/control/feature-gates.ts';
import {
  type HintedEndpoint,
  hintByTrafficDistribution,
  isDistributionValid,
} from '../../src/control/traffic-distribution.ts';

const bare = { zoneHints: [], nodeHints: [] };
const ready: HintedEndpoint = { ready: true, zone: 'zone-a', node: 'node-1', ...bare };

test.each([
  ['PreferClose', ['zone-a'], []],
  ['PreferSameZone', ['zone-a'], []],
  ['PreferSameNode', ['zone-a'], ['node-1']],
  ['Unknown', [], []],
  [undefined, [], []],
])('%s hints at %j and %j', (distribution, zoneHints, nodeHints) => {
  for (const before of [ready, { ...ready, zoneHints: ['zone-z'], nodeHints: ['node-9'] }]) {
    expect(hintByTrafficDistribution([before], distribution)).toEqual([{ ...ready, zoneHints, nodeHints }]);
  }
});

test('what is not there is not hinted at', () => {
  const unplaced: HintedEndpoint = { ready: true, ...bare };
  const elsewhere: HintedEndpoint = { ready: true, node: 'node-1', ...bare };
  expect(hintByTrafficDistribution([unplaced, elsewhere], 'PreferSameNode')).toEqual([
    unplaced,
    { ...elsewhere, nodeHints: ['node-1'] },
  ]);
});

test('endpoints that are not ready are left as they are', () => {
  const endpoints = [false, undefined].map((value) => ({ ...ready, ready: value, zoneHints: ['zone-z'] }));
  expect(hintByTrafficDistribution(endpoints, 'PreferSameZone')).toEqual(endpoints);
});

/** kubernetes/kubernetes:pkg/features/kube_features.go, from which version each is on by default. */
test.each([
  ['1.30', [false, false, false]],
  ['1.31', [true, false, false]],
  ['1.33', [true, false, false]],
  ['1.34', [true, true, true]],
  ['1.35', [true, true, true]],
])('Kubernetes %s heeds PreferClose, PreferSameZone, PreferSameNode: %j', (version, expected) => {
  const gates = featureGates(version);
  const words = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
  expect(words.map((word) => isDistributionValid(word, gates))).toEqual(expected);
  expect(isDistributionValid(undefined, gates)).toBe(false);
  expect(isDistributionValid('preferclose', gates)).toBe(false);
});
