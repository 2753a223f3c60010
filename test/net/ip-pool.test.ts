import { expect, test } from 'vitest';
import type { Ip } from '../../src/net/ip.ts';
import { allocateIp } from '../../src/net/ip-pool.ts';
import { cidr, ip } from '../cluster/world.ts';

const small = { cidr: cidr('10.0.0.0/29'), from: 2, count: 3 };

test('hands out every address of a run once, then none', () => {
  const taken = new Set<Ip>();
  const given = ['a', 'b', 'c', 'd'].map((name) => allocateIp([small], taken, name)?.text);
  expect(given.slice(0, 3).sort()).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
  expect(given[3]).toBeUndefined();
  expect(taken.size).toBe(3);
});

test('never hands out a taken address', () => {
  const taken = new Set([ip('10.0.0.2'), ip('10.0.0.4')]);
  expect(allocateIp([small], taken, 'anything')?.text).toBe('10.0.0.3');
});

test('goes on to the next run when one is full', () => {
  const taken = new Set([ip('10.0.0.2'), ip('10.0.0.3'), ip('10.0.0.4')]);
  const second = { cidr: cidr('fd00::/64'), from: 5, count: 1 };
  expect(allocateIp([small, second], taken, 'anything')?.text).toBe('fd00::5');
});

test('a newcomer moves another name only on a collision', () => {
  const run = { cidr: cidr('10.244.1.0/24'), from: 2, count: 253 };
  const addressesOf = (names: readonly string[]) => {
    const taken = new Set<Ip>();
    return new Map(names.map((name) => [name, allocateIp([run], taken, name)?.text]));
  };
  const before = addressesOf(['shop/api#1', 'shop/web#1']);
  const after = addressesOf(['shop/api#1', 'shop/newcomer#1', 'shop/web#1']);
  expect(after.get('shop/web#1')).toBe(before.get('shop/web#1'));
  expect(new Set(after.values()).size).toBe(3);
});

test('a range without usable addresses gives none', () => {
  expect(allocateIp([{ cidr: cidr('10.0.0.0/31'), from: 2, count: -1 }], new Set(), 'a')).toBeUndefined();
  expect(allocateIp([], new Set(), 'a')).toBeUndefined();
});
