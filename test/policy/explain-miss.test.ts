/** Why a rule does not match: the condition, what it wants, what there is, and where it is written. */

import { describe, expect, test } from 'vitest';
import { explainMisses, type RuleMiss } from '../../src/policy/explain-miss.ts';
import { printPath } from '../../src/source/ref.ts';
import { flow, podYaml, policyYaml, world } from './world.ts';

const PODS = [
  podYaml('shop/web', 'app=web'),
  podYaml('shop/db', 'app=db', ', ports: [{name: sql, containerPort: 5432}]'),
  podYaml('blog/web', 'app=web'),
].join('\n');

function missesOf(rule: string, from = 'shop/web', set: readonly string[] = []): readonly RuleMiss[] {
  const text = [
    PODS,
    policyYaml('shop/db', `podSelector: {matchLabels: {app: db}}, ingress: [${rule}]`),
  ].join('\n');
  const snapshot = world(text, set);
  const asked = { flow: flow(snapshot, [from, 'shop/db'], [5432]), direction: 'ingress' } as const;
  return explainMisses(snapshot.policies, snapshot.policies.policies, asked);
}

describe('a peer misses', () => {
  test('by a label of the pod', () => {
    const [miss] = missesOf('{from: [{podSelector: {matchLabels: {tier: front, app: api}}}]}');
    const [peer] = miss?.peers ?? [];
    expect(peer?.reason).toMatchObject({
      kind: 'pod-labels',
      misses: [
        { requirement: { key: 'tier', operator: 'In', values: ['front'] }, have: undefined },
        { requirement: { key: 'app', operator: 'In', values: ['api'] }, have: 'web' },
      ],
    });
    expect(printPath(peer?.origin.path ?? [])).toBe('spec.ingress[0].from[0].podSelector.matchLabels.tier');
    expect(miss?.distance).toBe(2);
  });

  test('by an expression', () => {
    const [miss] = missesOf(
      '{from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: app, operator: NotIn, values: [web]}]}}]}',
    );
    const [peer] = miss?.peers ?? [];
    expect(printPath(peer?.origin.path ?? [])).toBe(
      'spec.ingress[0].from[0].podSelector.matchExpressions[1]',
    );
  });

  test.each([
    {
      what: 'being in another namespace',
      from: 'blog/web',
      rule: '{from: [{podSelector: {}}]}',
      reason: { kind: 'namespace', wanted: 'shop', have: 'blog' },
    },
    {
      what: 'a label of the namespace',
      from: 'blog/web',
      rule: '{from: [{namespaceSelector: {matchLabels: {team: a}}}]}',
      reason: { kind: 'namespace-labels' },
    },
    {
      what: 'being no pod',
      from: '203.0.113.9',
      rule: '{from: [{namespaceSelector: {}}]}',
      reason: { kind: 'no-pod' },
    },
    {
      what: 'lying outside the block',
      from: '203.0.113.9',
      rule: '{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}',
      reason: { kind: 'outside-block' },
    },
    {
      what: 'being excepted',
      from: '203.0.113.9',
      rule: '{from: [{ipBlock: {cidr: 203.0.0.0/16, except: [203.0.113.0/24]}}]}',
      reason: { kind: 'except' },
    },
    {
      what: 'its family',
      from: '2001:db8::1',
      rule: '{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}',
      reason: { kind: 'family' },
    },
    {
      what: 'what cannot be read',
      from: 'shop/web',
      rule: '{from: [{ipBlock: {cidr: 300.0.0.0/8}}]}',
      reason: { kind: 'unreadable' },
    },
  ])('by $what', ({ from, rule, reason }) => {
    const [miss] = missesOf(rule, from);
    expect(miss?.peers.map((peer) => peer.reason)).toMatchObject([reason]);
    expect(miss?.ports).toEqual([]);
  });

  test('by a CNI that does not compare blocks with pods', () => {
    const [miss] = missesOf('{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}', 'shop/web', ['cni.ipBlock.pods=false']);
    expect(miss?.peers.map((peer) => peer.reason)).toEqual([{ kind: 'block-not-compared', with: 'pods' }]);
  });
});

describe('a port misses', () => {
  test.each([
    { rule: '{ports: [{port: 80}]}', kind: 'port' },
    { rule: '{ports: [{port: 5432, protocol: UDP}]}', kind: 'protocol' },
    { rule: '{ports: [{port: http}]}', kind: 'name-unknown' },
    { rule: '{ports: [{port: sql, protocol: UDP}]}', kind: 'name-unknown' },
    { rule: '{ports: [{port: 70000}]}', kind: 'unreadable' },
  ])('$rule: $kind', ({ rule, kind }) => {
    const [miss] = missesOf(rule);
    expect(miss?.peers).toEqual([]);
    expect(miss?.ports.map(({ reason }) => reason.kind)).toEqual([kind]);
    expect(printPath(miss?.ports[0]?.origin.path ?? [])).toBe('spec.ingress[0].ports[0]');
  });
});

test('rules that match miss nothing', () => expect(missesOf('{from: [{podSelector: {}}]}')).toEqual([]));
