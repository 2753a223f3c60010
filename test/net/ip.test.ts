import { describe, expect, test } from 'vitest';
import {
  addToIp,
  compareIps,
  ipFromBits,
  isLoopback,
  parseIp,
  printSocketAddress,
} from '../../src/net/ip.ts';

describe('parseIp', () => {
  // The IPv6 rows are the examples of RFC 5952, sections 4 and 5, and of RFC 4291, section 2.2.
  test.each([
    ['10.244.1.5', '10.244.1.5'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
    ['010.001.000.09', '10.1.0.9'],
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::ABCD', '2001:db8::abcd'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::13.1.68.3', '::d01:4403'],
    ['fd00:10:244:1::5', 'fd00:10:244:1::5'],
  ])('reads %s as %s', (text, canonical) => {
    expect(parseIp(text)?.text).toBe(canonical);
  });

  test('an IPv4-mapped address is IPv4, as for Go', () => {
    expect(parseIp('::ffff:10.0.0.1')).toBe(parseIp('10.0.0.1'));
    expect(parseIp('::ffff:a00:1')).toBe(parseIp('10.0.0.1'));
  });

  test.each([
    '',
    '10.0.0',
    '10.0.0.0.1',
    '10.0.0.256',
    '10.0.0.-1',
    '10.0.0.1 ',
    '10.0.0.0x1',
    '10.0.0.',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '1:2:3:4::5:6:7:8',
    ':1:2:3:4:5:6:7',
    '12345::',
    'g::1',
    'fe80::1%eth0',
    '10.0.0.1::',
    '::10.0.0.256',
    'localhost',
  ])('refuses %j', (text) => {
    expect(parseIp(text)).toBeUndefined();
  });

  test('equal addresses are one object', () => {
    expect(parseIp('fd00::0:5')).toBe(parseIp('FD00::5'));
    expect(parseIp('10.0.0.1')).toBe(ipFromBits(0x0a000001));
  });

  test('families with the same number are told apart', () => {
    expect(parseIp('0.0.0.1')).not.toBe(parseIp('::1'));
  });
});

test('addresses are ordered by family, then by number', () => {
  const texts = ['fd00::2', '10.0.0.10', '::1', '9.0.0.1', '10.0.0.9', '192.168.0.1'];
  const sorted = texts.flatMap((text) => parseIp(text) ?? []).sort(compareIps);
  expect(sorted.map(({ text }) => text)).toEqual([
    '9.0.0.1',
    '10.0.0.9',
    '10.0.0.10',
    '192.168.0.1',
    '::1',
    'fd00::2',
  ]);
});

test('adding carries over octets and groups', () => {
  expect(addToIp(ipFromBits(0x0a0000ff), 1).text).toBe('10.0.1.0');
  expect(addToIp(ipFromBits(0x7fffffff), 1).text).toBe('128.0.0.0');
  expect(addToIp(ipFromBits(0xffffn), 1).text).toBe('::1:0');
});

test('a socket address brackets IPv6', () => {
  expect(printSocketAddress(ipFromBits(0x0a000001), 80)).toBe('10.0.0.1:80');
  expect(printSocketAddress(ipFromBits(1n), 53)).toBe('[::1]:53');
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['128.0.0.1', false],
  ['::1', true],
  ['::2', false],
])('isLoopback(%s) is %s', (text, expected) => {
  const ip = parseIp(text);
  expect(ip !== undefined && isLoopback(ip)).toBe(expected);
});
