import { expect, test } from 'vitest';
import { prefixTable } from '../../src/net/prefix-table.ts';
import { cidr, ip } from '../cluster/world.ts';

// The routes of a flannel node and of a dual-stack one.
const table = prefixTable([
  [cidr('0.0.0.0/0'), 'default'],
  [cidr('10.244.0.0/24'), 'cni0'],
  [cidr('10.244.0.0/16'), 'flannel.1'],
  [cidr('10.244.0.9/32'), 'host'],
  [cidr('10.244.0.0/24'), 'second'],
  [cidr('fd00::/8'), 'six'],
] as const);

test.each([
  ['10.244.0.5', 'cni0'],
  ['10.244.0.9', 'host'],
  ['10.244.7.1', 'flannel.1'],
  ['8.8.8.8', 'default'],
  ['fd00::1', 'six'],
  ['2001:db8::1', undefined],
])('%s goes to %s', (address, expected) => {
  expect(table.lookup(ip(address))).toBe(expected);
});

test('keeps its entries in order', () => {
  expect(table.entries.map(([, value]) => value)).toEqual([
    'default',
    'cni0',
    'flannel.1',
    'host',
    'second',
    'six',
  ]);
});
