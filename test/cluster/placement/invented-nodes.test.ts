/** How many nodes are invented, and what is taken for granted of them. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { worldOf } from '../world.ts';
import { deployment, list, pod, REQUIRED, spread } from './sketches.ts';

test('two replicas that would rather not share a node land on two nodes', () => {
  const file = new URL('../../../fixtures/cluster/nginx-ssh/deployment.yaml', import.meta.url);
  const world = worldOf(readFileSync(file, 'utf8'));
  expect(spread(world, 'nginx-ssh-deployment')).toEqual(['node-a', 'node-b']);
  expect(world.diagnostics).toEqual([]);
  const crowd = list([pod('x', { on: 'a' }), pod('y', { on: 'a' }), pod('z', { on: 'b' })]);
  const busy = worldOf(`${readFileSync(file, 'utf8')}---\n${crowd}`);
  expect(spread(busy, 'nginx-ssh-deployment')).toEqual(['b', 'a']);
});

describe('invented nodes', () => {
  const apart = (topologyKey: string) => ({
    affinity: {
      podAntiAffinity: { [REQUIRED]: [{ topologyKey, labelSelector: { matchLabels: { app: 'db' } } }] },
    },
  });

  test.each(['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])(
    'are as many as required anti-affinity over %s asks for; other pods stay where they were',
    (key) => {
      const world = worldOf(list([deployment('db', 4, apart(key)), deployment('web', 4, {})]));
      expect(world.cluster.nodes.map(({ name }) => name)).toEqual(['node-a', 'node-b', 'node-c', 'node-d']);
      expect(spread(world, 'db')).toEqual(['node-a', 'node-b', 'node-c', 'node-d']);
      expect(spread(world, 'web')).toEqual(['node-a', 'node-b', 'node-a', 'node-b']);
      expect(world.diagnostics).toEqual([]);
    },
  );

  test('are not more for what no number of them would mend', () => {
    const world = worldOf(
      list([
        deployment('db', 3, {
          ...apart('kubernetes.io/hostname'),
          nodeSelector: { 'kubernetes.io/hostname': 'node-a' },
        }),
      ]),
    );
    expect(spread(world, 'db')).toEqual(['node-a', undefined, undefined]);
    expect(world.cluster.nodes).toHaveLength(2);
  });

  test('may have labels that nobody wrote', () => {
    const asked = {
      affinity: {
        nodeAffinity: {
          [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'Exists' }] }] },
        },
        podAffinity: {
          [REQUIRED]: [
            { topologyKey: 'topology.kubernetes.io/zone', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
        podAntiAffinity: {
          [REQUIRED]: [
            { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } },
          ],
        },
      },
    };
    const world = worldOf(list([deployment('web', 1, {}), deployment('x', 1, asked)]));
    expect(world.cluster.nodes.length).toBe(2);
  });
});
