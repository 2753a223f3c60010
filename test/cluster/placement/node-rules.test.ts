/**
 * What nodes and pods say of each other: node affinity, taints. Cases and expected nodes follow the rules and test tables of
 * kubernetes/kubernetes:pkg/scheduler/framework/plugins; where a case there expects scores, the node with the
 * highest one is expected here.
 */

import { describe, expect, test } from 'vitest';
import { codesAt, worldOf } from '../world.ts';
import { complaints, deployment, list, nodes, PREFERRED, placed, pod, REQUIRED, spread } from './sketches.ts';

describe('node affinity (nodeaffinity)', () => {
  const required = (term: object) => ({
    affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [term] } } },
  });
  const expression = (key: string, operator: string, ...values: readonly string[]) =>
    required({ matchExpressions: [{ key, operator, ...(values.length === 0 ? {} : { values }) }] });
  const fits = (labels: Readonly<Record<string, string>>, spec: object) =>
    placed(...nodes({ node1: { labels } }), pod('p', { ...spec })) === 'node1';

  test.each([
    ['In', expression('foo', 'In', 'bar', 'value2'), { foo: 'bar' }, true],
    ['Gt', expression('kernel-version', 'Gt', '0204'), { 'kernel-version': '0206' }, true],
    ['Gt, smaller', expression('kernel-version', 'Gt', '0204'), { 'kernel-version': '0203' }, false],
    ['Lt', expression('cpus', 'Lt', '8'), { cpus: '-4' }, true],
    ['Lt of a word', expression('cpus', 'Lt', '8'), { cpus: 'four' }, false],
    ['NotIn', expression('mem-type', 'NotIn', 'DDR', 'DDR2'), { 'mem-type': 'DDR3' }, true],
    ['Exists', expression('GPU', 'Exists'), { GPU: 'NVIDIA-GRID-K1' }, true],
    ['In, another value', expression('foo', 'In', 'value1', 'value2'), { foo: 'bar' }, false],
    ['an empty term selects no node', required({ matchExpressions: [] }), { foo: 'bar' }, false],
    ['DoesNotExist', expression('foo', 'DoesNotExist'), { foo: 'bar' }, false],
    ['In of a missing label', expression('foo', 'In', 'bar'), {}, false],
  ])('%s', (_, spec, labels, expected) => {
    expect(fits(labels, spec)).toBe(expected);
  });

  test('matchFields select by name; terms are alternatives', () => {
    const byName = (name: string) => ({
      matchFields: [{ key: 'metadata.name', operator: 'In', values: [name] }],
    });
    const two = nodes({ a: {}, b: {}, c: {} });
    expect(placed(...two, pod('p', required(byName('b'))))).toBe('b');
    const either = {
      affinity: { nodeAffinity: { [REQUIRED]: { nodeSelectorTerms: [byName('x'), byName('c')] } } },
    };
    expect(placed(...two, pod('p', either))).toBe('c');
  });

  test('preferred terms: the heaviest sum wins, however full the node is', () => {
    const prefer = (weight: number, key: string, value: string) => ({
      weight,
      preference: { matchExpressions: [{ key, operator: 'In', values: [value] }] },
    });
    const spec = {
      affinity: {
        nodeAffinity: {
          [PREFERRED]: [prefer(2, 'foo', 'bar'), prefer(4, 'key', 'value'), prefer(5, 'az', 'az1')],
        },
      },
    };
    const three = nodes({
      n1: { labels: { foo: 'bar' } },
      n2: { labels: { key: 'value' } },
      n5: { labels: { foo: 'bar', key: 'value', az: 'az1' } },
    });
    expect(placed(...three, pod('a', { on: 'n5' }), pod('b', { on: 'n5' }), pod('p', spec))).toBe('n5');
    expect(placed(...three.slice(0, 2), pod('p', spec))).toBe('n2');
  });

  test('what the API server refuses', () => {
    const bad = {
      affinity: {
        nodeAffinity: {
          [REQUIRED]: {
            nodeSelectorTerms: [
              {
                matchExpressions: [
                  { key: 'a', operator: 'in', values: ['x'] },
                  { key: 'b', operator: 'In' },
                  { key: 'c', operator: 'Exists', values: ['x'] },
                  { key: 'd', operator: 'Gt', values: ['1', '2'] },
                ],
                matchFields: [{ key: 'metadata.labels', operator: 'In', values: ['x'] }],
              },
            ],
          },
          [PREFERRED]: [{ weight: 101, preference: {} }],
        },
      },
    };
    const at = `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0]`;
    const texts = complaints(worldOf(list([pod('p', bad)])));
    expect(texts.slice(0, 6)).toEqual([
      `${at}.matchExpressions[0].operator: Invalid value: "in": not a valid selector operator`,
      `${at}.matchExpressions[1].values: Required value: must be specified when \`operator\` is 'In' or 'NotIn'`,
      `${at}.matchExpressions[2].values: Forbidden: may not be specified when \`operator\` is 'Exists' or 'DoesNotExist'`,
      `${at}.matchExpressions[3].values: Required value: must be specified single value when \`operator\` is 'Lt' or 'Gt'`,
      `${at}.matchFields[0].key: Invalid value: "metadata.labels": not a valid field selector key`,
      `spec.affinity.nodeAffinity.${PREFERRED}[0].weight: Invalid value: 101: must be in the range 1-100`,
    ]);
  });
});

describe('taints (tainttoleration, nodeunschedulable)', () => {
  const taint = (effect: string, key = 'dedicated', value = 'user1') => ({ key, value, effect });
  const tolerate = (...tolerations: readonly object[]) => ({ tolerations });

  test.each([
    ['no toleration', 'NoSchedule', {}, false],
    [
      'the same key, value and effect',
      'NoSchedule',
      tolerate({ key: 'dedicated', value: 'user1', effect: 'NoSchedule' }),
      true,
    ],
    [
      'another value',
      'NoSchedule',
      tolerate({ key: 'dedicated', operator: 'Equal', value: 'user2', effect: 'NoSchedule' }),
      false,
    ],
    ['Exists', 'NoSchedule', tolerate({ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }), true],
    [
      'another effect',
      'NoExecute',
      tolerate({ key: 'dedicated', value: 'user1', effect: 'NoSchedule' }),
      false,
    ],
    ['no effect is every effect', 'NoExecute', tolerate({ key: 'dedicated', value: 'user1' }), true],
    ['no key is every key', 'NoExecute', tolerate({ operator: 'Exists' }), true],
    ['a taint that is only disliked', 'PreferNoSchedule', {}, true],
  ])('%s', (_, effect, spec, fits) => {
    const node = nodes({ n1: { taints: [taint(effect)] } });
    expect(placed(...node, pod('p', { ...spec }))).toBe(fits ? 'n1' : undefined);
  });

  test('disliked taints are avoided, the fewest win', () => {
    const soft = (count: number) =>
      Array.from({ length: count }, (_, index) => taint('PreferNoSchedule', `k${index}`));
    expect(placed(...nodes({ a: { taints: soft(2) }, b: { taints: soft(1) } }), pod('p'))).toBe('b');
  });

  test('the message counts nodes by reason as the scheduler does, at file:line', () => {
    const world = worldOf(
      list([
        ...nodes({
          a: { taints: [taint('NoSchedule', 'node-role.kubernetes.io/control-plane', '')] },
          b: {},
          c: {},
          d: { unschedulable: true },
        }),
        pod('p', { nodeSelector: { disk: 'ssd' } }),
      ]).replaceAll('{"apiVersion":"v1","kind"', '\n{"apiVersion":"v1","kind"'),
    );
    expect(complaints(world)).toEqual([
      "no node fits pod default/p: 0/4 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) were unschedulable, 2 node(s) didn't match Pod's node affinity/selector; it stays Pending",
    ]);
    expect(codesAt(world.diagnostics)).toEqual(['no-node-fits manifests.yaml:7']);
    expect(world.diagnostics[0]?.help?.[0]?.text).toBe(
      'to run there, tolerate it: tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}]',
    );
  });

  test('DaemonSets tolerate what the node controller marks, and no more', () => {
    const marked = nodes({
      cordoned: {
        unschedulable: true,
        taints: [taint('NoSchedule', 'node.kubernetes.io/unschedulable', '')],
      },
      dedicated: { taints: [taint('NoSchedule')] },
      lost: { taints: [taint('NoExecute', 'node.kubernetes.io/unreachable', '')] },
      'no-network': { taints: [taint('NoSchedule', 'node.kubernetes.io/network-unavailable', '')] },
      plain: {},
    });
    const agent = (spec: object) => ({ ...deployment('agent', 1, spec), kind: 'DaemonSet' });
    expect(spread(worldOf(list([...marked, agent({})])), 'agent')).toEqual(['cordoned', 'lost', 'plain']);
    expect(spread(worldOf(list([...marked, agent({ hostNetwork: true })])), 'agent')).toEqual([
      'cordoned',
      'lost',
      'no-network',
      'plain',
    ]);
  });
});
