/**
 * Pods that want other pods near or far. Cases and expected nodes follow the rules and test tables of
 * kubernetes/kubernetes:pkg/scheduler/framework/plugins; where a case there expects scores, the node with the
 * highest one is expected here.
 */

import { describe, expect, test } from 'vitest';
import { worldOf } from '../world.ts';
import {
  complaints,
  deployment,
  list,
  nodes,
  PREFERRED,
  placed,
  pod,
  REQUIRED,
  spread,
  zones,
} from './sketches.ts';

describe('pod affinity (interpodaffinity)', () => {
  const term = (key: string, operator: string, values: readonly string[], topologyKey: string) => ({
    labelSelector: { matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }] },
    topologyKey,
  });
  const near = (...terms: readonly object[]) => ({ affinity: { podAffinity: { [REQUIRED]: terms } } });
  const far = (...terms: readonly object[]) => ({ affinity: { podAntiAffinity: { [REQUIRED]: terms } } });
  const rather = (weight: number, podAffinityTerm: object, kind = 'podAffinity') => ({
    affinity: { [kind]: { [PREFERRED]: [{ weight, podAffinityTerm }] } },
  });
  const S1 = { labels: { security: 'S1' } };
  const S2 = { labels: { security: 'S2' } };
  const regions = (names: Readonly<Record<string, string>>) => zones(names, 'region');

  test('a required pod is in the same place, on whichever node', () => {
    const world = zones({ a: 'z1', b: 'z2', c: 'z2' });
    const there = pod('s', { on: 'b', labels: { service: 'securityscan' } });
    const scan = term('service', 'In', ['securityscan'], 'zone');
    expect(placed(...world, there, pod('p', near(scan)))).toBe('c');
    expect(
      placed(
        ...world,
        there,
        pod('p', {
          labels: { service: 'securityscan' },
          ...near(term('service', 'NotIn', ['securityscan'], 'zone')),
        }),
      ),
    ).toBeUndefined();
    expect(
      placed(...world, { ...there, metadata: { ...there.metadata, namespace: 'ns' } }, pod('p', near(scan))),
    ).toBeUndefined();
    const anywhere = { ...scan, namespaceSelector: {} };
    expect(
      placed(
        ...world,
        { ...there, metadata: { ...there.metadata, namespace: 'ns' } },
        pod('p', near(anywhere)),
      ),
    ).toBe('c');
    const named = { ...scan, namespaces: ['ns'] };
    expect(
      placed(...world, { ...there, metadata: { ...there.metadata, namespace: 'ns' } }, pod('p', near(named))),
    ).toBe('c');
  });

  test('the first pod of a series that wants its own kind is let in, where the label is', () => {
    const own = near(term('app', 'In', ['p'], 'zone'));
    const world = [...nodes({ a: {} }), ...zones({ b: 'z2', c: 'z3' })];
    expect(spread(worldOf(list([...world, deployment('p', 3, own)])), 'p')).toEqual(['b', 'b', 'b']);
    expect(placed(...world, pod('p', { labels: { app: 'q' }, ...own }))).toBeUndefined();
  });

  test('all terms must select the same pods', () => {
    const both = near(term('a', 'Exists', [], 'zone'), term('b', 'Exists', [], 'zone'));
    const world = zones({ n1: 'z1', n2: 'z2' });
    const apart = [pod('x', { on: 'n1', labels: { a: '1' } }), pod('y', { on: 'n1', labels: { b: '1' } })];
    expect(placed(...world, ...apart, pod('p', both))).toBeUndefined();
    expect(placed(...world, pod('x', { on: 'n2', labels: { a: '1', b: '1' } }), pod('p', both))).toBe('n2');
  });

  test('required anti-affinity keeps both sides apart', () => {
    const world = zones({ a: 'z1', b: 'z1', c: 'z2' });
    const awayFromS1 = far(term('security', 'In', ['S1'], 'zone'));
    expect(placed(...world, pod('s', { on: 'a', ...S1 }), pod('p', awayFromS1))).toBe('c');
    expect(placed(...world, pod('s', { on: 'a', ...S2, ...awayFromS1 }), pod('p', S1))).toBe('c');
    const full = worldOf(
      list([
        ...world,
        pod('s', { on: 'a', ...S1 }),
        pod('t', { on: 'c', ...S2, ...awayFromS1 }),
        pod('p', { ...S1, ...awayFromS1 }),
      ]),
    );
    expect(complaints(full)).toEqual([
      "no node fits pod default/p: 0/3 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules, 2 node(s) didn't match pod anti-affinity rules; it stays Pending",
    ]);
  });

  test('a pod that would rather be near goes to the region with more of its friends', () => {
    const world = regions({ node1: 'China', node2: 'India', node3: 'China', node4: 'China', node5: 'India' });
    const friends = ['node1', 'node1', 'node2', 'node3', 'node4', 'node5'].map((on, index) =>
      pod(`s${index}`, { on, ...S2 }),
    );
    const p = pod('p', { ...S1, ...rather(6, term('security', 'In', ['S2'], 'region')) });
    expect(placed(...world, ...friends, p)).toBe('node3');
  });

  test('what pods there want of the new one counts as much', () => {
    const world = regions({ node1: 'China', node2: 'India' });
    const fan = pod('s', { on: 'node2', ...S2, ...rather(5, term('security', 'In', ['S1'], 'region')) });
    expect(placed(...world, fan, pod('p', S1))).toBe('node2');
    const hard = pod('s', { on: 'node2', ...S2, ...near(term('security', 'In', ['S1', 'S2'], 'region')) });
    expect(placed(...world, hard, pod('p', S1))).toBe('node2');
    const foe = pod('s', {
      on: 'node1',
      ...S2,
      ...rather(5, term('security', 'In', ['S1'], 'region'), 'podAntiAffinity'),
    });
    const crowd = pod('t', { on: 'node2' });
    expect(placed(...world, foe, crowd, pod('u', { on: 'node2' }), pod('p', S1))).toBe('node2');
  });

  test('a selector that is not there selects no pod, an empty one every pod', () => {
    const world = zones({ a: 'z1', b: 'z2' });
    const some = pod('s', { on: 'a' });
    expect(placed(...world, some, pod('p', far({ topologyKey: 'zone' })))).toBe('b');
    expect(
      placed(
        ...world,
        some,
        pod('q', { on: 'b' }),
        pod('p', far({ topologyKey: 'zone', labelSelector: {} })),
      ),
    ).toBeUndefined();
    expect(placed(...world, some, pod('p', near({ topologyKey: 'zone' })))).toBeUndefined();
  });

  test('matchLabelKeys narrow a term to pods of the same value', () => {
    const world = zones({ a: 'z1', b: 'z2' });
    const own = far({ ...term('app', 'Exists', [], 'zone'), matchLabelKeys: ['rev', 'absent'] });
    const old = [
      pod('s', { on: 'a', labels: { app: 'x', rev: '1' } }),
      pod('t', { on: 'b', labels: { app: 'x', rev: '2' } }),
    ];
    expect(placed(...world, ...old, pod('p', { labels: { app: 'x', rev: '2' }, ...own }))).toBe('a');
  });
});
