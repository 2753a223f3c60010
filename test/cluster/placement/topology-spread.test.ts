/**
 * Pods that lie evenly over places. Cases and expected nodes follow the rules and test tables of
 * kubernetes/kubernetes:pkg/scheduler/framework/plugins; where a case there expects scores, the node with the
 * highest one is expected here.
 */

import { describe, expect, test } from 'vitest';
import { worldOf } from '../world.ts';
import { complaints, list, nodes, placed, pod, zones } from './sketches.ts';

describe('topology spread (podtopologyspread)', () => {
  const rule = (topologyKey: string, more = {}) => ({
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchExpressions: [{ key: 'foo', operator: 'Exists' }] },
    ...more,
  });
  const four = zones({ 'node-a': 'zone1', 'node-b': 'zone1', 'node-x': 'zone2', 'node-y': 'zone2' });
  const foo = (...on: readonly string[]) =>
    on.map((node, index) => pod(`e${index}`, { on: node, labels: { foo: '' } }));
  const p = (...rules: readonly object[]) =>
    pod('p', { labels: { foo: '' }, topologySpreadConstraints: rules });

  test('zones: three pods there, two here', () => {
    expect(placed(...four, ...foo('node-a', 'node-a', 'node-b', 'node-y', 'node-y'), p(rule('zone')))).toBe(
      'node-x',
    );
  });

  test('a pod that its own rule does not select only looks', () => {
    const plain = pod('p', { topologySpreadConstraints: [rule('zone')] });
    expect(
      placed(
        ...four,
        ...foo('node-a'),
        ...[pod('full', { on: 'node-x' }), pod('full2', { on: 'node-y' })],
        plain,
      ),
    ).toBe('node-b');
  });

  test('two rules at once: zone and node', () => {
    const both = p(rule('zone'), rule('node'));
    expect(placed(...four, ...foo('node-a', 'node-b', 'node-y'), both)).toBe('node-x');
    expect(placed(...four, ...foo('node-a', 'node-b', 'node-x', 'node-x', 'node-x'), both)).toBeUndefined();
  });

  test('nodes without the label, and those that node affinity leaves out, do not count', () => {
    const odd = [...four, ...nodes({ bare: {} })];
    expect(placed(...odd, ...foo('node-a', 'node-x'), p(rule('zone')))).toBe('node-b');
    const onlyZone1 = {
      ...p(rule('zone')),
      spec: { ...p(rule('zone')).spec, nodeSelector: { zone: 'zone1' } },
    };
    expect(placed(...four, ...foo('node-a', 'node-b'), onlyZone1)).toBe('node-a');
    const ignoring = p(rule('zone', { nodeAffinityPolicy: 'Ignore' }));
    const asked = { ...ignoring, spec: { ...ignoring.spec, nodeSelector: { zone: 'zone1' } } };
    expect(placed(...four, ...foo('node-a', 'node-b'), asked)).toBeUndefined();
    expect(complaints(worldOf(list([...nodes({ bare: {} }), p(rule('zone'))])))).toEqual([
      "no node fits pod default/p: 0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label); it stays Pending",
    ]);
  });

  test('fewer places than minDomains: the emptiest counts as empty', () => {
    const three = rule('zone', { minDomains: 3 });
    expect(placed(...four, ...foo('node-a'), p(three))).toBe('node-x');
    expect(placed(...four, ...foo('node-a', 'node-x'), p(three))).toBeUndefined();
    expect(placed(...four, ...foo('node-a', 'node-x'), p(rule('zone', { minDomains: 2 })))).toBe('node-b');
  });

  test('matchLabelKeys are added to the selector', () => {
    const old = ['node-a', 'node-a', 'node-b'].map((on, index) =>
      pod(`o${index}`, { on, labels: { foo: '', bar: '1' } }),
    );
    const own = pod('p', {
      labels: { foo: '', bar: 'a' },
      topologySpreadConstraints: [rule('zone', { matchLabelKeys: ['bar'] })],
    });
    const now = pod('n', { on: 'node-y', labels: { foo: '', bar: 'a' } });
    expect(placed(...four, ...old, now, own)).toBe('node-b');
  });

  test('ScheduleAnyway is a wish: the place with fewer pods is liked more, but none is out', () => {
    const wish = rule('zone', { whenUnsatisfiable: 'ScheduleAnyway' });
    const others = ['node-x', 'node-x', 'node-y', 'node-y'].map((on, index) => pod(`z${index}`, { on }));
    expect(placed(...four, ...foo('node-a'), ...others, p(wish))).toBe('node-x');
    expect(placed(...zones({ a: 'z1' }), ...foo('a', 'a'), p(wish))).toBe('a');
  });
});
