/** Spellings: iptables(8), iptables-extensions(8), and what kube-proxy writes. */

import { expect, test } from 'vitest';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import { printIptablesRule, printIptablesSave, probabilityText } from '../../src/netfilter/print-iptables.ts';
import type { Match, Target } from '../../src/netfilter/ruleset.ts';
import { accept, cidr, ip, jump, rule, to } from './rules.ts';

const matches: readonly [Match, string][] = [
  [{ kind: 'protocol', protocol: 'tcp' }, '-m tcp -p tcp'],
  [{ kind: 'protocol', protocol: 'sctp' }, '-m sctp -p sctp'],
  [{ kind: 'protocol', protocol: 'udp', not: true }, '! -p udp'],
  [{ kind: 'protocol', protocol: 'icmp' }, '-p icmp'],
  [{ kind: 'source', cidr: cidr('10.0.0.0/8'), not: true }, '! -s 10.0.0.0/8'],
  [to('10.0.0.1/32'), '-d 10.0.0.1'],
  [to('::1/128'), '-d ::1'],
  [{ kind: 'in-interface', name: 'cni0' }, '-i cni0'],
  [{ kind: 'in-interface', name: 'veth+', not: true }, '! -i veth+'],
  [{ kind: 'out-interface', name: 'eth0' }, '-o eth0'],
  [{ kind: 'source-port', port: 53 }, '--sport 53'],
  [{ kind: 'destination-port', port: 80 }, '--dport 80'],
  [{ kind: 'conntrack-state', states: ['NEW'] }, '-m conntrack --ctstate NEW'],
  [
    { kind: 'conntrack-state', states: ['RELATED', 'ESTABLISHED', 'DNAT'], not: true },
    '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT',
  ],
  [{ kind: 'mark', value: 0x4000, mask: 0x4000 }, '-m mark --mark 0x4000/0x4000'],
  [{ kind: 'mark', value: 0x4000, mask: 0x4000, not: true }, '-m mark ! --mark 0x4000/0x4000'],
  [{ kind: 'address-type', side: 'dst' }, '-m addrtype --dst-type LOCAL'],
  [{ kind: 'address-type', side: 'src' }, '-m addrtype --src-type LOCAL'],
  [{ kind: 'address-type', side: 'dst', not: true }, '-m addrtype ! --dst-type LOCAL'],
  [{ kind: 'statistic', oneIn: 3 }, '-m statistic --mode random --probability 0.3333333333'],
  [{ kind: 'recent', action: 'set', list: 'L' }, '-m recent --name L --set'],
  [
    { kind: 'recent', action: 'check', list: 'L', seconds: 10800 },
    '-m recent --name L --rcheck --seconds 10800 --reap',
  ],
  [{ kind: 'recent', action: 'check', list: 'L' }, '-m recent --name L --rcheck'],
];
test.each(matches)('match %o', (match, text) => {
  expect(printIptablesRule('C', rule([match]), 4)).toBe(`-A C ${text}`);
});

const targets: readonly [Target, string][] = [
  [{ kind: 'accept' }, 'ACCEPT'],
  [{ kind: 'drop' }, 'DROP'],
  [{ kind: 'return' }, 'RETURN'],
  [jump('KUBE-SERVICES'), 'KUBE-SERVICES'],
  [{ kind: 'reject' }, 'REJECT --reject-with icmp-port-unreachable'],
  [{ kind: 'dnat', ip: ip('10.0.0.1'), port: 80 }, 'DNAT --to-destination 10.0.0.1:80'],
  [{ kind: 'dnat', ip: ip('fd00::1'), port: 80 }, 'DNAT --to-destination [fd00::1]:80'],
  [{ kind: 'snat', ip: ip('10.0.0.1'), randomFully: false }, 'SNAT --to-source 10.0.0.1'],
  [{ kind: 'snat', ip: ip('10.0.0.1'), randomFully: true }, 'SNAT --to-source 10.0.0.1 --random-fully'],
  [{ kind: 'masquerade', randomFully: false }, 'MASQUERADE'],
  [{ kind: 'masquerade', randomFully: true }, 'MASQUERADE --random-fully'],
  [{ kind: 'mark-or', bits: 0x4000 }, 'MARK --or-mark 0x4000'],
  [{ kind: 'mark-xor', bits: 0x80000000 }, 'MARK --xor-mark 0x80000000'],
];
test.each(targets)('target %o', (target, text) => {
  expect(printIptablesRule('C', rule([], target), 4)).toBe(`-A C -j ${text}`);
});

test('IPv6 has names of its own for the protocol and the answer', () => {
  const icmp = rule([{ kind: 'protocol', protocol: 'icmp' }], { kind: 'reject' });
  expect(printIptablesRule('C', icmp, 6)).toBe(
    '-A C -p ipv6-icmp -j REJECT --reject-with icmp6-port-unreachable',
  );
});

const comments: readonly [string, string][] = [
  ['ns1/svc1:p80', 'ns1/svc1:p80'],
  ['ns1/svc1 cluster IP', '"ns1/svc1 cluster IP"'],
  ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
  ['', '""'],
  ['two\nlines', '"two lines"'],
];
test.each(comments)('the comment %o comes first, quoted where needed', (comment, text) => {
  expect(printIptablesRule('C', rule([to('10.0.0.0/8')], accept, comment), 4)).toBe(
    `-A C -m comment --comment ${text} -d 10.0.0.0/8 -j ACCEPT`,
  );
});

test('a ruleset: tables with rules, all chains before the rules, subchains behind their chain', () => {
  const ruleset = composeRuleset(4, [
    {
      chains: [
        {
          table: 'nat',
          chain: {
            name: 'SVC',
            rules: [rule([], jump('SEP'))],
            subchains: new Map([['SEP', { name: 'SEP', rules: [rule([], accept)] }]]),
          },
        },
        { table: 'nat', chain: { name: 'EMPTY', rules: [] } },
      ],
      base: [{ table: 'nat', hook: 'output', rule: rule([], jump('SVC')), position: 'prepend' }],
    },
  ]);
  expect(printIptablesSave(ruleset)).toBe(
    [
      '*nat',
      ':PREROUTING ACCEPT [0:0]',
      ':INPUT ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      ':POSTROUTING ACCEPT [0:0]',
      ':SVC - [0:0]',
      ':SEP - [0:0]',
      ':EMPTY - [0:0]',
      '-A OUTPUT -j SVC',
      '-A SVC -j SEP',
      '-A SEP -j ACCEPT',
      'COMMIT',
      '',
    ].join('\n'),
  );
});

test('a dropping policy is declared', () => {
  const chains = new Map([
    ['INPUT', { name: 'INPUT', hook: 'input', policy: 'drop', rules: [rule([], accept)] }] as const,
  ]);
  const text = printIptablesSave({ family: 4, tables: [{ name: 'filter', syntax: 'iptables', chains }] });
  expect(text.split('\n')[1]).toBe(':INPUT DROP [0:0]');
});

test('probabilities have ten decimals, rounded as Go rounds', () => {
  expect([1, 2, 3, 7, 2048, 100_001].map(probabilityText)).toEqual([
    '1.0000000000',
    '0.5000000000',
    '0.3333333333',
    '0.1428571429',
    '0.0004882812',
    '0.0000099999',
  ]);
});
