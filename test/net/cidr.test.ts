import { describe, expect, test } from 'vitest';
import {
  type Cidr,
  cidrContains,
  cidrSize,
  cidrsOverlap,
  everyAddress,
  hostCidr,
  nthAddress,
  nthSubnet,
  parseCidr,
} from '../../src/net/cidr.ts';
import { parseIp } from '../../src/net/ip.ts';
import { cidr, ip } from '../cluster/world.ts';

describe('parseCidr', () => {
  test.each([
    ['10.244.1.77/16', '10.244.0.0/16'],
    ['10.0.0.1/32', '10.0.0.1/32'],
    ['10.0.0.1/0', '0.0.0.0/0'],
    ['192.168.255.255/17', '192.168.128.0/17'],
    ['fd00:10:244::7/56', 'fd00:10:244::/56'],
    ['2001:db8::1/128', '2001:db8::1/128'],
    ['fe80::1/0', '::/0'],
    ['::ffff:10.1.2.3/112', '10.1.0.0/16'],
  ])('reads %s as %s', (text, canonical) => {
    expect(parseCidr(text)?.text).toBe(canonical);
  });

  test.each([
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '/8',
    'fd00::/129',
    '10.0.0.0/8/8',
    '::ffff:10.0.0.0/95',
  ])('refuses %s', (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

test.each([
  ['10.96.0.0/12', '10.111.255.255', true],
  ['10.96.0.0/12', '10.112.0.0', false],
  ['0.0.0.0/0', '255.255.255.255', true],
  ['200.0.0.0/7', '201.1.2.3', true],
  ['10.0.0.5/32', '10.0.0.5', true],
  ['10.0.0.5/32', '10.0.0.4', false],
  ['fd00::/8', 'fdff::1', true],
  ['fd00::/8', 'fe00::1', false],
  ['0.0.0.0/0', '::1', false],
])('%s holds %s: %s', (range, address, expected) => {
  expect(cidrContains(cidr(range), ip(address))).toBe(expected);
});

test.each([
  ['10.244.0.0/16', '10.244.7.0/24', true],
  ['10.244.7.0/24', '10.244.0.0/16', true],
  ['10.244.0.0/24', '10.244.1.0/24', false],
  ['0.0.0.0/0', '::/0', false],
])('%s and %s overlap: %s', (a, b, expected) => {
  expect(cidrsOverlap(cidr(a), cidr(b))).toBe(expected);
});

test('parts of a range', () => {
  const range = cidr('10.244.0.0/16');
  expect(nthSubnet(range, 24, 1)?.text).toBe('10.244.1.0/24');
  expect(nthSubnet(range, 24, 255)?.text).toBe('10.244.255.0/24');
  expect(nthSubnet(range, 24, 256)).toBeUndefined();
  expect(nthSubnet(range, 8, 0)).toBeUndefined();
  expect(nthSubnet(range, 33, 0)).toBeUndefined();
  expect(nthSubnet(cidr('fd00:10:244::/48'), 64, 3)?.text).toBe('fd00:10:244:3::/64');
});

test('addresses of a range', () => {
  expect(nthAddress(cidr('10.96.0.0/12'), 10).text).toBe('10.96.0.10');
  expect(nthAddress(cidr('fd00:96::/112'), 0xa).text).toBe('fd00:96::a');
  expect(cidrSize(cidr('10.96.0.0/12'))).toBe(2 ** 20);
  expect(cidrSize(cidr('fd00::/64'))).toBe(2 ** 64);
});

test('the smallest and the largest range', () => {
  const address = parseIp('10.1.2.3');
  expect(address && hostCidr(address).text).toBe('10.1.2.3/32');
  expect(hostCidr(ip('fd00::1')).text).toBe('fd00::1/128');
  expect([everyAddress(4), everyAddress(6)].map(({ text }: Cidr) => text)).toEqual(['0.0.0.0/0', '::/0']);
});
