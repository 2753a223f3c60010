/** kubernetes/kubernetes:pkg/kubelet/network/dns/dns_test.go TestParseResolvConf. */

import { expect, test } from 'vitest';
import { parseResolvConf, printResolvConf } from '../../src/cluster/resolv-conf.ts';

const EMPTY = { nameservers: [], searches: [], options: [] };

test.each([
  ['', EMPTY],
  [
    '#comment\nnameserver 1.2.3.4\n#comment\nsearch foo\ncomment',
    { nameservers: ['1.2.3.4'], searches: ['foo'] },
  ],
  ['nameserver \t 1.2.3.4 #comment', { nameservers: ['1.2.3.4'] }],
  ['nameserver 1.2.3.4\nnameserver 5.6.7.8', { nameservers: ['1.2.3.4', '5.6.7.8'] }],
  ['search foo\nsearch bar. bat', { searches: ['bar', 'bat'] }],
  ['search . foo', { searches: ['foo'] }],
  ['search', {}],
  ['domain foo\nsortlist 10.0.0.0', {}],
  ['options ndots:5 attempts:2\noptions ndots:3 debug', { options: ['ndots:3', 'attempts:2', 'debug'] }],
  ['options', {}],
  ['\tsearch\tfoo\r\n', { searches: ['foo'] }],
])('%j', (text, expected) => {
  expect(parseResolvConf(text)).toEqual({ ...EMPTY, ...expected });
});

test.each(['nameserver', '#comment\nnameserver \n', 'search foo\nnameserver\t'])('%j is refused', (text) => {
  expect(parseResolvConf(text)).toBeUndefined();
});

test('is printed as containerd writes it, without empty lists', () => {
  const file = {
    nameservers: ['10.96.0.10', 'fd00::a'],
    searches: ['a.b', 'b'],
    options: ['ndots:5', 'rotate'],
  };
  expect(printResolvConf(file)).toBe(
    'search a.b b\nnameserver 10.96.0.10\nnameserver fd00::a\noptions ndots:5 rotate\n',
  );
  expect(printResolvConf(EMPTY)).toBe('');
  expect(parseResolvConf(printResolvConf(file))).toEqual(file);
});
