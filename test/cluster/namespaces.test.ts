import { expect, test } from 'vitest';
import { worldOf } from './world.ts';

const text = `
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: named}
spec: {ports: [{port: 80}]}
`;

test('authored input has the written ones, the named ones and those of every cluster, each with its name as a label', () => {
  const { namespaces } = worldOf(text).cluster;
  expect([...namespaces.keys()]).toEqual([
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
    'named',
    'shop',
  ]);
  expect(namespaces.get('shop')?.labels).toEqual(
    new Map([
      ['team', 'a'],
      ['kubernetes.io/metadata.name', 'shop'],
    ]),
  );
  expect(namespaces.get('named')?.labels).toEqual(new Map([['kubernetes.io/metadata.name', 'named']]));
  expect([namespaces.get('shop')?.origin !== undefined, namespaces.get('named')?.origin]).toEqual([
    true,
    undefined,
  ]);
});

test('stored input has no others than its own, with the labels that are there', () => {
  const { namespaces } = worldOf(text, 'input: stored').cluster;
  expect([...namespaces.values()].map(({ name, labels }) => [name, [...labels]])).toEqual([
    ['named', []],
    ['shop', [['team', 'a']]],
  ]);
});
