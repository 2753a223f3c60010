/** The cases are those of kubernetes/endpointslice: topologycache/topologycache_test.go (SetNodes). */

import { expect, test } from 'vitest';
import { zoneShares } from '../../src/control/zone-shares.ts';
import { worldOf } from '../cluster/world.ts';

interface NodeText {
  readonly zone?: string;
  readonly cpu?: string;
  readonly ready?: boolean;
  readonly label?: string;
}

function shares(...nodes: readonly NodeText[]): Readonly<Record<string, number>> | undefined {
  const text = nodes.map(
    ({ zone, cpu = '1000m', ready = true, label }, index) => `---
apiVersion: v1
kind: Node
metadata:
  name: node-${index}
  labels: {${[zone && `topology.kubernetes.io/zone: ${zone}`, label && `${label}: ""`].filter(Boolean).join(', ')}}
status:
  allocatable: {${cpu === '' ? '' : `cpu: ${cpu}`}}
  conditions: [{type: Ready, status: "${ready ? 'True' : 'False'}"}]
`,
  );
  const found = zoneShares(worldOf(text.join(''), 'input: stored').cluster.nodes);
  return found === undefined ? undefined : Object.fromEntries(found);
}

const CONTROL_PLANE = 'node-role.kubernetes.io/control-plane';
const MASTER = 'node-role.kubernetes.io/master';

test('no nodes, one node, one zone: nothing to share', () => {
  expect(shares()).toBeUndefined();
  expect(shares({ zone: 'a' })).toBeUndefined();
  expect(shares({ zone: 'a' }, { zone: 'a' })).toBeUndefined();
});

test('by allocatable CPU, in whatever way it is written', () => {
  expect(shares({ zone: 'a' }, { zone: 'b' })).toEqual({ a: 0.5, b: 0.5 });
  expect(shares({ zone: 'a', cpu: '"3"' }, { zone: 'b', cpu: '1' })).toEqual({ a: 0.75, b: 0.25 });
  expect(
    shares(
      ...['1000m', '1000m', '1000m', '2000m'].map((cpu) => ({ zone: 'a', cpu })),
      ...['3000m', '1500m'].map((cpu) => ({ zone: 'b', cpu })),
      { zone: 'c', cpu: '500m' },
    ),
  ).toEqual({ a: 0.5, b: 0.45, c: 0.05 });
});

test('nodes that are not ready, or of the control plane, do not count', () => {
  expect(shares({ zone: 'a', ready: false }, { zone: 'b' })).toBeUndefined();
  expect(shares({ zone: 'a' }, { zone: 'b' }, { zone: 'b', ready: false })).toEqual({ a: 0.5, b: 0.5 });
  for (const label of [CONTROL_PLANE, MASTER]) {
    expect(shares({ zone: 'a' }, { zone: 'b', label })).toBeUndefined();
    expect(shares({ zone: 'a' }, { zone: 'b' }, { label })).toEqual({ a: 0.5, b: 0.5 });
  }
});

test('a ready node without zone or CPU spoils it for all', () => {
  expect(shares({ zone: 'a' }, { zone: 'b' }, {})).toBeUndefined();
  expect(shares({ zone: 'a' }, { zone: 'b' }, { zone: 'b', cpu: '' })).toBeUndefined();
  expect(shares({ zone: 'a' }, { zone: 'b' }, { zone: 'b', cpu: '0' })).toBeUndefined();
});
