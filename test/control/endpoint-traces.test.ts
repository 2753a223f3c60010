/**
 * Which endpoints a packet can get to, traced in the dump of a cluster with three zones: hints, readiness,
 * slices and Endpoints by hand. Expected are the rules of kubernetes/kubernetes:pkg/proxy/topology.go over
 * the endpoints that kubernetes/endpointslice would make.
 */

import { describe, expect, test } from 'vitest';
import type { TraceAnswer } from '../../src/index.ts';
import { ask } from '../query/ask.ts';

const DUMP = ['input=stored'];

function trace(from: string, service: string, set: readonly string[] = []): TraceAnswer {
  const question = { from: `shop/pod/${from}`, to: `shop/svc/${service}:80`, dns: false };
  return ask('control/zones', question, { set: [...DUMP, ...set] });
}

function backends(from: string, service: string, set: readonly string[] = []): readonly string[] {
  return trace(from, service, set)
    .paths.flatMap((path) => path.backends)
    .sort();
}

const ALL = ['shop/api-a1', 'shop/api-a2', 'shop/api-b1'];

test('without a wish every endpoint is taken from everywhere', () => {
  expect(backends('client-a', 'api')).toEqual(ALL);
});

describe('trafficDistribution', () => {
  test('PreferSameZone: the zone’s own, from a zone without any all', () => {
    expect(backends('client-a', 'same-zone')).toEqual(['shop/api-a1', 'shop/api-a2']);
    expect(backends('client-b', 'same-zone')).toEqual(['shop/api-b1']);
    expect(backends('client-c', 'same-zone')).toEqual(ALL);
  });

  test('PreferSameNode: the node’s own, then the zone’s, then all', () => {
    expect(backends('client-a', 'same-node')).toEqual(['shop/api-a1']);
    expect(backends('client-b', 'same-node')).toEqual(['shop/api-b1']);
    expect(backends('client-c', 'same-node')).toEqual(ALL);
  });

  test('before 1.34 neither value is heeded', () => {
    for (const service of ['same-zone', 'same-node']) {
      expect(backends('client-a', service, ['kubernetes=1.33'])).toEqual(ALL);
    }
  });
});

test('topology-mode Auto goes before the field, and gives a zone without endpoints one of another', () => {
  // Each zone has a third of the CPU and gets one endpoint: zone-a gives one of its two to zone-c.
  const [a, b, c] = ['client-a', 'client-b', 'client-c'].map((client) => backends(client, 'auto'));
  expect(b).toEqual(['shop/api-b1']);
  expect([a?.length, c?.length]).toEqual([1, 1]);
  expect([...(a ?? []), ...(c ?? [])].sort()).toEqual(['shop/api-a1', 'shop/api-a2']);
});

describe('readiness', () => {
  test('a pod that a readiness gate keeps back gets nothing', () => {
    expect(backends('client-a', 'gated')).toEqual(['shop/gated-1']);
  });

  test('with no ready pod the connection is refused, and the pod is named', () => {
    const answer = trace('client-a', 'closed');
    expect(answer.paths).toMatchObject([
      { disposition: 'no-endpoints', reason: 'pods-not-ready', symptom: 'refused' },
    ]);
    expect(answer.diagnostics.find(({ code }) => code === 'pods-not-ready')?.text).toBe(
      'The one selected pod of shop/closed is not ready:',
    );
  });

  test('publishNotReadyAddresses sends there all the same', () => {
    expect(backends('client-a', 'published')).toEqual(['shop/closed-0']);
  });

  test('terminating pods that still serve are the last resort', () => {
    expect(backends('client-a', 'draining')).toEqual(['shop/draining-0']);
  });
});

describe('by hand', () => {
  test('a slice, with its hints', () => {
    expect(backends('client-a', 'sliced')).toEqual(['shop/api-a1']);
    expect(backends('client-b', 'sliced')).toEqual(['shop/api-b1']);
    expect(backends('client-c', 'sliced')).toEqual(['shop/api-a1', 'shop/api-b1']);
  });

  test('an Endpoints object, whose addresses that are not ready are left out', () => {
    for (const client of ['client-a', 'client-b']) {
      expect(backends(client, 'listed')).toEqual(['shop/api-a1']);
    }
  });
});
