/**
 * The nftables mode's table. Expected names and rules are those of kube-proxy 1.35's own test
 * (kubernetes/kubernetes:pkg/proxy/nftables/proxier_test.go TestOverallNFTablesRules), unless said.
 */

import { describe, expect, test } from 'vitest';
import { nftablesProxy } from '../../../src/dataplane/proxy/nftables.ts';
import { linesOf, nftablesInput, tableLines } from './nftables-lines.ts';
import { cidr, endpoint, ip, node, proxyProfile, servicePort } from './service-ports.ts';

const PLAIN = servicePort('ns1/svc1:p80', {
  clusterIps: [ip('172.30.0.41')],
  endpoints: [endpoint('10.180.0.1:80')],
});
const LOCAL = servicePort('ns2/svc2:p80', {
  type: 'LoadBalancer',
  clusterIps: [ip('172.30.0.42')],
  nodePort: 3001,
  externalTrafficPolicy: 'Local',
  loadBalancerVips: [ip('1.2.3.4')],
  externalIps: [ip('192.168.99.22')],
  endpoints: [endpoint('10.180.0.2:80')],
});
const TWO = servicePort('ns4/svc4:p80', {
  type: 'NodePort',
  clusterIps: [ip('172.30.0.44')],
  externalIps: [ip('192.168.99.33')],
  endpoints: [endpoint('10.180.0.4:80'), endpoint('10.180.0.5:80')],
});
const STICKY = servicePort('ns5/svc5:p80', {
  type: 'LoadBalancer',
  clusterIps: [ip('172.30.0.45')],
  loadBalancerVips: [ip('5.6.7.8')],
  loadBalancerSourceRanges: [cidr('203.0.113.0/25')],
  sessionAffinitySeconds: 10800,
  endpoints: [endpoint('10.180.0.3:80')],
});
const NONE = servicePort('ns6/svc6:p80', { clusterIps: [ip('172.30.0.46')] });
const LINES = tableLines([PLAIN, LOCAL, TWO, STICKY, NONE]);

describe('the table', () => {
  test('hangs on the hooks', () => {
    expect(LINES.filter((line) => line.includes(' hook '))).toEqual([
      'add chain filter-prerouting-pre-dnat { type filter hook prerouting priority -110 ; }',
      'add chain filter-output-pre-dnat { type filter hook output priority -110 ; }',
      'add chain filter-input { type filter hook input priority 0 ; }',
      'add chain filter-forward { type filter hook forward priority 0 ; }',
      'add chain filter-output { type filter hook output priority 0 ; }',
      'add chain nat-prerouting { type nat hook prerouting priority -100 ; }',
      'add chain nat-output { type nat hook output priority -100 ; }',
      'add chain nat-postrouting { type nat hook postrouting priority 100 ; }',
    ]);
  });

  test.each([
    [
      'filter-input',
      ['ct state new jump nodeport-endpoints-check', 'ct state new jump service-endpoints-check'],
    ],
    ['filter-forward', ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check']],
    ['filter-output', ['ct state new jump service-endpoints-check', 'ct state new jump cluster-ips-check']],
    ['filter-prerouting-pre-dnat', ['ct state new jump firewall-check']],
    ['nat-prerouting', ['jump services']],
    ['nat-postrouting', ['jump masquerading']],
    ['mark-for-masquerade', ['mark set mark or 0x004000']],
    [
      'masquerading',
      ['mark and 0x004000 == 0 return', 'mark set mark xor 0x004000', 'masquerade fully-random'],
    ],
    ['firewall-check', ['ip daddr . meta l4proto . th dport vmap @firewall-ips']],
    [
      'services',
      [
        'ip daddr . meta l4proto . th dport vmap @service-ips',
        'ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports',
      ],
    ],
    [
      'cluster-ips-check',
      [
        'ip daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"',
        'ip daddr { 172.30.0.0/16 } drop comment "Drop traffic to unallocated ClusterIPs"',
      ],
    ],
  ])('%s', (chain, rules) => {
    expect(linesOf(LINES, `rule ${chain}`)).toEqual(rules);
  });

  // kubernetes/kubernetes v1.33.0, same file: nftablesBaseChains.
  test('of 1.31 to 1.33 checks endpoints before the translation', () => {
    const lines = tableLines([PLAIN], { kubernetes: '1.33' });
    expect(lines).toContain('add chain filter-forward { type filter hook forward priority -110 ; }');
    expect(lines).toContain('add chain filter-output-post-dnat { type filter hook output priority -90 ; }');
    expect(linesOf(lines, 'rule filter-output-post-dnat')).toEqual(['ct state new jump cluster-ips-check']);
    expect(linesOf(lines, 'rule filter-prerouting')).toEqual(['ct state new jump firewall-check']);
  });

  test('every chain, set and map is made once, and before anything names it', () => {
    const made = new Set<string>();
    for (const line of LINES) {
      const named = [...line.matchAll(/(?:goto|jump) (\S+)|@(\S+)/g)].map(([, chain, set]) => chain ?? set);
      if (!line.includes('comment "helper')) for (const name of named) expect(made).toContain(name);
      const [, what = '', name = ''] = /^add (chain|set|map) (\S+)/.exec(line) ?? [];
      if (what === '') continue;
      expect(made).not.toContain(name);
      made.add(name);
    }
  });
});

describe('a Service port', () => {
  test('leads from its addresses and node ports to its chains', () => {
    expect(linesOf(LINES, 'element service-ips')).toEqual([
      '{ 172.30.0.41 . tcp . 80 : goto service-ULMVA6XW-ns1/svc1/tcp/p80 }',
      '{ 172.30.0.42 . tcp . 80 : goto service-42NFTM6N-ns2/svc2/tcp/p80 }',
      '{ 192.168.99.22 . tcp . 80 : goto external-42NFTM6N-ns2/svc2/tcp/p80 }',
      '{ 1.2.3.4 . tcp . 80 : goto external-42NFTM6N-ns2/svc2/tcp/p80 }',
      '{ 172.30.0.44 . tcp . 80 : goto service-LAUZTJTB-ns4/svc4/tcp/p80 }',
      '{ 192.168.99.33 . tcp . 80 : goto external-LAUZTJTB-ns4/svc4/tcp/p80 }',
      '{ 172.30.0.45 . tcp . 80 : goto service-HVFWP5L3-ns5/svc5/tcp/p80 }',
      '{ 5.6.7.8 . tcp . 80 : goto external-HVFWP5L3-ns5/svc5/tcp/p80 }',
    ]);
    expect(linesOf(LINES, 'element service-nodeports')).toEqual([
      '{ tcp . 3001 : goto external-42NFTM6N-ns2/svc2/tcp/p80 }',
    ]);
  });

  test('without endpoints is refused, without local ones dropped', () => {
    expect(linesOf(LINES, 'element no-endpoint-services')).toEqual([
      '{ 192.168.99.22 . tcp . 80 comment "ns2/svc2:p80" : drop }',
      '{ 1.2.3.4 . tcp . 80 comment "ns2/svc2:p80" : drop }',
      '{ 172.30.0.46 . tcp . 80 comment "ns6/svc6:p80" : goto reject-chain }',
    ]);
    expect(linesOf(LINES, 'element no-endpoint-nodeports')).toEqual([
      '{ tcp . 3001 comment "ns2/svc2:p80" : drop }',
    ]);
  });

  test('masquerades what is not from a pod, and takes one of its endpoints', () => {
    expect(linesOf(LINES, 'rule service-LAUZTJTB-ns4/svc4/tcp/p80')).toEqual([
      'ip daddr 172.30.0.44 ip saddr != 10.0.0.0/8 jump mark-for-masquerade',
      'numgen random mod 2 vmap { 0 : goto endpoint-UNZV3OEC-ns4/svc4/tcp/p80__10.180.0.4/80 , 1 : goto endpoint-5RFCDDV7-ns4/svc4/tcp/p80__10.180.0.5/80 }',
    ]);
    expect(linesOf(LINES, 'rule external-LAUZTJTB-ns4/svc4/tcp/p80')).toEqual([
      'jump mark-for-masquerade',
      'goto service-LAUZTJTB-ns4/svc4/tcp/p80',
    ]);
    expect(linesOf(LINES, 'rule endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80')).toEqual([
      'ip saddr 10.180.0.1 jump mark-for-masquerade',
      'meta l4proto tcp dnat to 10.180.0.1:80',
    ]);
  });

  test('of policy Local serves pods and the node from everywhere', () => {
    expect(linesOf(LINES, 'rule external-42NFTM6N-ns2/svc2/tcp/p80')).toEqual([
      'ip saddr 10.0.0.0/8 goto service-42NFTM6N-ns2/svc2/tcp/p80 comment "short-circuit pod traffic"',
      'fib saddr type local jump mark-for-masquerade comment "masquerade local traffic"',
      'fib saddr type local goto service-42NFTM6N-ns2/svc2/tcp/p80 comment "short-circuit local traffic"',
    ]);
  });

  test('keeps clients of a session, and lets only some in', () => {
    const set = 'affinity-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80';
    const chain = 'endpoint-GTK6MW7G-ns5/svc5/tcp/p80__10.180.0.3/80';
    expect(linesOf(LINES, `set ${set}`)).toEqual([
      '{ type ipv4_addr ; flags dynamic,timeout ; timeout 10800s ; }',
    ]);
    expect(linesOf(LINES, 'rule service-HVFWP5L3-ns5/svc5/tcp/p80')).toEqual([
      'ip daddr 172.30.0.45 ip saddr != 10.0.0.0/8 jump mark-for-masquerade',
      `ip saddr @${set} goto ${chain}`,
      `numgen random mod 1 vmap { 0 : goto ${chain} }`,
    ]);
    expect(linesOf(LINES, `rule ${chain}`)).toEqual([
      'ip saddr 10.180.0.3 jump mark-for-masquerade',
      `update @${set} { ip saddr }`,
      'meta l4proto tcp dnat to 10.180.0.3:80',
    ]);
    expect(linesOf(LINES, 'rule firewall-HVFWP5L3-ns5/svc5/tcp/p80')).toEqual([
      'ip saddr != { 203.0.113.0/25 } drop',
    ]);
  });
});

// syncProxyRules: allowFromNode.
test('a node inside the source ranges may use the address as its own', () => {
  const range = { ...STICKY, loadBalancerSourceRanges: [cidr('192.168.0.0/24')] };
  const [rule] = linesOf(tableLines([range]), 'rule firewall-HVFWP5L3-ns5/svc5/tcp/p80');
  expect(rule).toBe('ip saddr != { 192.168.0.0/24 , 5.6.7.8 } drop');
});

// pkg/proxy/util/localdetector.go.
test.each([
  ['NodeCIDR', 'ip saddr != 10.1.0.0/24 '],
  ['BridgeInterface', 'iifname != "cni0" '],
  ['InterfaceNamePrefix', 'iifname != "veth*" '],
] as const)('pods are told by %s', (detectLocal, match) => {
  const facts = {
    mode: 'nftables',
    detectLocal,
    bridgeInterface: 'cni0',
    interfaceNamePrefix: 'veth',
  } as const;
  const lines = tableLines([PLAIN], {
    profile: proxyProfile(facts),
    node: node({ podCidrs: [cidr('10.1.0.0/24')] }),
  });
  const [rule] = linesOf(lines, 'rule service-ULMVA6XW-ns1/svc1/tcp/p80');
  expect(rule).toBe(`ip daddr 172.30.0.41 ${match}jump mark-for-masquerade`);
});

describe('node ports answer', () => {
  const addresses = ['192.168.0.2', '10.50.0.2', 'fd00:5::2'].map(ip);
  const own = node({ addresses, primaryAddresses: addresses.slice(0, 1) });
  const served = (nodePortAddresses: readonly string[] | 'primary' | undefined, family: 4 | 6 = 4) => {
    const ranges = nodePortAddresses === 'primary' ? nodePortAddresses : nodePortAddresses?.map(cidr);
    const profile = proxyProfile({
      mode: 'nftables',
      ...(ranges === undefined ? {} : { nodePortAddresses: ranges }),
    });
    const lines = tableLines([], { node: own, family, profile });
    return [linesOf(lines, 'element nodeport-ips'), linesOf(lines, 'rule services').slice(1)];
  };
  const bySet = ['ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports'];

  // cmd/kube-proxy/app/server_linux.go platformApplyDefaults, server.go.
  test('at the primary address where nobody says', () => {
    expect(served(undefined)).toEqual([['{ 192.168.0.2 }'], bySet]);
    expect(served('primary')).toEqual([['{ 192.168.0.2 }'], bySet]);
  });

  test('at addresses in the ranges, never at loopback', () => {
    expect(served(['10.50.0.0/24', '127.0.0.0/8'])).toEqual([['{ 10.50.0.2 }'], bySet]);
  });

  // pkg/proxy/util/nodeport_addresses.go: without a range of the family, all of it.
  test('everywhere in a family without ranges', () => {
    const everywhere =
      'fib daddr type local ip6 daddr != ::1 meta l4proto . th dport vmap @service-nodeports';
    expect(served(['10.50.0.0/24'], 6)).toEqual([[], [everywhere]]);
  });
});

test('nothing is computed before a chain is read', () => {
  const endpoints = () => {
    throw new Error('read');
  };
  const port = Object.defineProperty({ ...PLAIN }, 'endpoints', { get: endpoints });
  expect(() => nftablesProxy.compile(nftablesInput([port]))).not.toThrow();
});
