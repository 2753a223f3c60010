/**
 * The rules of kube-proxy's iptables mode, in the words in which kube-proxy writes them.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go and proxier_test.go.
 */

import { describe, expect, test } from 'vitest';
import type { ServicePort } from '../../../src/control/service-port.ts';
import { iptablesEndpointChain } from '../../../src/dataplane/proxy/chain-names.ts';
import { iptablesProxy } from '../../../src/dataplane/proxy/iptables.ts';
import type { ProxyInput } from '../../../src/dataplane/service-proxy.ts';
import {
  api,
  chains,
  EXT,
  here,
  lines,
  MARK,
  nodePorts,
  ONE,
  SVC,
  SVL,
  sep,
  serviceChains,
  TO_CLUSTER_IP,
} from './iptables-lines.ts';
import { cidr, endpoint, ip, node, type PortFacts, proxyProfile, servicePort } from './service-ports.ts';

describe('what every node has', () => {
  test.each([
    [
      'filter',
      'INPUT',
      [
        '-m comment --comment "kubernetes load balancer firewall" -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL',
        '-m comment --comment "kubernetes health check service ports" -j KUBE-NODEPORTS',
        '-m comment --comment "kubernetes externally-visible service portals" -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES',
        '-j KUBE-FIREWALL',
      ],
    ],
    [
      'filter',
      'FORWARD',
      [
        '-m comment --comment "kubernetes load balancer firewall" -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL',
        '-m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
        '-m comment --comment "kubernetes service portals" -m conntrack --ctstate NEW -j KUBE-SERVICES',
        '-m comment --comment "kubernetes externally-visible service portals" -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES',
      ],
    ],
    [
      'filter',
      'OUTPUT',
      [
        '-m comment --comment "kubernetes load balancer firewall" -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL',
        '-m comment --comment "kubernetes service portals" -m conntrack --ctstate NEW -j KUBE-SERVICES',
        '-j KUBE-FIREWALL',
      ],
    ],
    [
      'filter',
      'KUBE-FORWARD',
      [
        '-m conntrack --ctstate INVALID -j DROP',
        '-m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
        '-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      ],
    ],
    [
      'filter',
      'KUBE-FIREWALL',
      [
        '-m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      ],
    ],
    ['nat', 'PREROUTING', ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
    ['nat', 'OUTPUT', ['-m comment --comment "kubernetes service portals" -j KUBE-SERVICES']],
    ['nat', 'POSTROUTING', ['-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING']],
    ['nat', 'KUBE-MARK-MASQ', ['-j MARK --or-mark 0x4000']],
    [
      'nat',
      'KUBE-POSTROUTING',
      [
        '-m mark ! --mark 0x4000/0x4000 -j RETURN',
        '-j MARK --xor-mark 0x4000',
        '-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      ],
    ],
  ] as const)('%s %s', (table, chain, expected) => {
    expect(lines([table, chain], [])).toEqual(expected);
  });

  test('without Services, the other chains are empty but for the node ports of later', () => {
    const names = ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'];
    for (const name of names) expect(lines(['filter', name], []), name).toEqual([]);
    expect(lines(['nat', 'KUBE-NODEPORTS'], [])).toEqual([]);
    expect(lines(['nat', 'KUBE-SERVICES'], [])).toEqual([nodePorts('-m addrtype --dst-type LOCAL')]);
  });

  test('IPv6 has no guard of 127.0.0.0/8', () => {
    expect(lines(['filter', 'KUBE-FIREWALL'], [], { family: 6 })).toEqual([]);
  });

  test('the bit of the mark is a setting', () => {
    const profile = proxyProfile({ masqueradeBit: 31 });
    expect(lines(['nat', 'KUBE-MARK-MASQ'], [], { profile })).toEqual(['-j MARK --or-mark 0x80000000']);
    expect(lines(['nat', 'KUBE-POSTROUTING'], [], { profile })?.slice(0, 2)).toEqual([
      '-m mark ! --mark 0x80000000/0x80000000 -j RETURN',
      '-j MARK --xor-mark 0x80000000',
    ]);
    expect(lines(['filter', 'KUBE-FORWARD'], [], { profile })?.[1]).toMatch(
      '--mark 0x80000000/0x80000000 -j ACCEPT',
    );
  });
});

describe('a ClusterIP Service', () => {
  const two = api({
    endpoints: [endpoint('10.1.0.22:8080'), endpoint('10.1.0.2:8080'), endpoint('10.1.0.3:9090')],
  });

  test('its address leads to KUBE-SVC, ahead of the node ports', () => {
    expect(lines(['nat', 'KUBE-SERVICES'], [two])).toEqual([
      `-m comment --comment "shop/api:http cluster IP" ${TO_CLUSTER_IP} -j ${SVC}`,
      nodePorts('-m addrtype --dst-type LOCAL'),
    ]);
    for (const chain of ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'])
      expect(lines(['filter', chain], [two])).toEqual([]);
  });

  test('KUBE-SVC masquerades who is no pod and chooses with equal chances, in string order', () => {
    expect(lines(['nat', SVC], [two])).toEqual([
      `-m comment --comment "shop/api:http cluster IP" ${TO_CLUSTER_IP} ! -s 10.0.0.0/8 ${MARK}`,
      `-m comment --comment "shop/api:http -> 10.1.0.22:8080" -m statistic --mode random --probability 0.3333333333 -j ${sep('10.1.0.22:8080')}`,
      `-m comment --comment "shop/api:http -> 10.1.0.2:8080" -m statistic --mode random --probability 0.5000000000 -j ${sep('10.1.0.2:8080')}`,
      `-m comment --comment "shop/api:http -> 10.1.0.3:9090" -j ${sep('10.1.0.3:9090')}`,
    ]);
  });

  test('KUBE-SEP masquerades the endpoint that calls itself, and rewrites the destination', () => {
    expect(lines(['nat', sep('10.1.0.3:9090')], [two])).toEqual([
      `-m comment --comment shop/api:http -s 10.1.0.3 ${MARK}`,
      '-m comment --comment shop/api:http -m tcp -p tcp -j DNAT --to-destination 10.1.0.3:9090',
    ]);
  });

  test('has these chains only', () => {
    expect(serviceChains([api()])).toEqual([SVC, sep('10.1.0.1:8080')]);
  });

  test('IPv6: its address of that family, with the range of that family', () => {
    const six = api({ endpoints: [endpoint('[fd01::1]:8080'), endpoint('10.1.0.1:8080')] });
    expect(lines(['nat', 'KUBE-SERVICES'], [six], { family: 6 })).toEqual([
      `-m comment --comment "shop/api:http cluster IP" -m tcp -p tcp -d fd00:10::41 --dport 80 -j ${SVC}`,
      nodePorts('-m addrtype --dst-type LOCAL ! -d ::1'),
    ]);
    expect(lines(['nat', SVC], [six], { family: 6 })).toEqual([
      `-m comment --comment "shop/api:http cluster IP" -m tcp -p tcp -d fd00:10::41 --dport 80 ! -s fd01::/64 ${MARK}`,
      `-m comment --comment "shop/api:http -> [fd01::1]:8080" -j ${sep('[fd01::1]:8080')}`,
    ]);
    expect(lines(['nat', sep('[fd01::1]:8080')], [six], { family: 6 })?.[1]).toMatch(
      '-j DNAT --to-destination [fd01::1]:8080',
    );
  });

  test('a Service without an address of the family has no rules there', () => {
    expect(serviceChains([api({ clusterIps: [ip('fd00:10::41')] })])).toEqual([]);
  });

  test('UDP and SCTP use their own modules', () => {
    const dns = servicePort('kube-system/kube-dns:dns', {
      clusterIps: [ip('172.30.0.10')],
      protocol: 'udp',
      port: 53,
    });
    const sctp = servicePort('shop/signal', {
      clusterIps: [ip('172.30.0.11')],
      protocol: 'sctp',
      endpoints: ONE,
    });
    expect(lines(['filter', 'KUBE-SERVICES'], [dns])?.[0]).toMatch(
      '-m udp -p udp -d 172.30.0.10 --dport 53 -j REJECT',
    );
    const chain = iptablesEndpointChain('shop/signal', 'sctp', '10.1.0.1:8080');
    expect(lines(['nat', chain], [sctp])?.[1]).toBe(
      '-m comment --comment shop/signal -m sctp -p sctp -j DNAT --to-destination 10.1.0.1:8080',
    );
  });

  test('without endpoints its address is refused', () => {
    const none = api({ endpoints: [] });
    expect(lines(['filter', 'KUBE-SERVICES'], [none])).toEqual([
      `-m comment --comment "shop/api:http has no endpoints" ${TO_CLUSTER_IP} -j REJECT --reject-with icmp-port-unreachable`,
    ]);
    expect(lines(['nat', 'KUBE-SERVICES'], [none])).toEqual([nodePorts('-m addrtype --dst-type LOCAL')]);
    expect(serviceChains([none])).toEqual([]);
  });

  test('policy Local: KUBE-SVL with the endpoints of this node', () => {
    const local = api({
      internalTrafficPolicy: 'Local',
      endpoints: [...ONE, endpoint('10.1.0.2:8080', here)],
    });
    expect(lines(['nat', 'KUBE-SERVICES'], [local])?.[0]).toMatch(`-j ${SVL}`);
    expect(lines(['nat', SVL], [local])).toEqual([
      `-m comment --comment "shop/api:http cluster IP" ${TO_CLUSTER_IP} ! -s 10.0.0.0/8 ${MARK}`,
      `-m comment --comment "shop/api:http -> 10.1.0.2:8080" -j ${sep('10.1.0.2:8080')}`,
    ]);
    expect(serviceChains([local])).toEqual([SVL, sep('10.1.0.2:8080')]);
  });

  test('policy Local without an endpoint here: dropped', () => {
    const local = api({ internalTrafficPolicy: 'Local' });
    expect(lines(['filter', 'KUBE-SERVICES'], [local])).toEqual([
      `-m comment --comment "shop/api:http has no local endpoints" ${TO_CLUSTER_IP} -j DROP`,
    ]);
    expect(lines(['nat', 'KUBE-SERVICES'], [local])).toHaveLength(1);
  });

  test('session affinity: first who was there before, then by chance; the endpoint remembers', () => {
    const sticky = api({ sessionAffinitySeconds: 10800, endpoints: [...ONE, endpoint('10.1.0.2:8080')] });
    const [a, b] = ['10.1.0.1:8080', '10.1.0.2:8080'];
    expect(lines(['nat', SVC], [sticky])?.slice(1)).toEqual([
      `-m comment --comment "shop/api:http -> ${a}" -m recent --name ${sep(a)} --rcheck --seconds 10800 --reap -j ${sep(a)}`,
      `-m comment --comment "shop/api:http -> ${b}" -m recent --name ${sep(b)} --rcheck --seconds 10800 --reap -j ${sep(b)}`,
      `-m comment --comment "shop/api:http -> ${a}" -m statistic --mode random --probability 0.5000000000 -j ${sep(a)}`,
      `-m comment --comment "shop/api:http -> ${b}" -j ${sep(b)}`,
    ]);
    expect(lines(['nat', sep(a)], [sticky])).toEqual([
      `-m comment --comment shop/api:http -s 10.1.0.1 ${MARK}`,
      `-m comment --comment shop/api:http -m recent --name ${sep(a)} --set -m tcp -p tcp -j DNAT --to-destination ${a}`,
    ]);
  });

  test('beyond 1,000 endpoints, rules about endpoints have no comments', () => {
    const many = Array.from({ length: 1000 }, (_, at) => endpoint(`10.2.${at >> 8}.${at & 255}:80`));
    const large = [api(), servicePort('shop/big', { clusterIps: [ip('172.30.0.50')], endpoints: many })];
    expect(lines(['nat', SVC], large)?.[1]).toBe(`-j ${sep('10.1.0.1:8080')}`);
    expect(lines(['nat', sep('10.1.0.1:8080')], large)?.[0]).toBe(`-s 10.1.0.1 ${MARK}`);
    expect(lines(['nat', SVC], large)?.[0]).toMatch('cluster IP');
    expect(
      lines(
        ['nat', SVC],
        large.map((port) => ({ ...port, endpoints: port.endpoints.slice(0, 999) })),
      )?.[1],
    ).toMatch('->');
  });
});

describe('who is a pod', () => {
  const masquerade = (facts: Partial<ProxyInput>) => lines(['nat', SVC], [api()], facts)?.slice(0, -1);
  const first = `-m comment --comment "shop/api:http cluster IP" ${TO_CLUSTER_IP}`;

  test.each([
    ['the range of this family', {}, '! -s 10.0.0.0/8'],
    ['masqueradeAll', { profile: proxyProfile({ masqueradeAll: true }) }, ''],
    [
      'the range of the node',
      {
        profile: proxyProfile({ detectLocal: 'NodeCIDR' }),
        node: node({ podCidrs: [cidr('fd02::/64'), cidr('10.5.0.0/24')] }),
      },
      '! -s 10.5.0.0/24',
    ],
    [
      'the bridge',
      { profile: proxyProfile({ detectLocal: 'BridgeInterface', bridgeInterface: 'cni0' }) },
      '! -i cni0',
    ],
    [
      'a prefix',
      { profile: proxyProfile({ detectLocal: 'InterfaceNamePrefix', interfaceNamePrefix: 'veth' }) },
      '! -i veth+',
    ],
  ] as const)('%s', (_, facts, match) => {
    expect(masquerade(facts)).toEqual([`${first} ${match}${match === '' ? '' : ' '}${MARK}`]);
  });

  test.each([
    ['no detector', { profile: proxyProfile({ detectLocal: 'none' }) }],
    ['no range', { clusterCidrs: [] }],
    ['no range of the family', { clusterCidrs: [cidr('fd01::/64')] }],
    ['no range of the node', { profile: proxyProfile({ detectLocal: 'NodeCIDR' }) }],
    ['no bridge', { profile: proxyProfile({ detectLocal: 'BridgeInterface' }) }],
    ['no prefix', { profile: proxyProfile({ detectLocal: 'InterfaceNamePrefix' }) }],
  ] as const)('%s: the rules that ask are not written', (_, facts) => {
    expect(masquerade(facts)).toEqual([]);
    const external = api({ type: 'NodePort', nodePort: 30001, externalTrafficPolicy: 'Local' });
    expect(lines(['nat', EXT], [external], facts)?.join()).not.toMatch('pod traffic');
  });
});

describe('as a whole', () => {
  test('Services come in the order of their keys, whatever order they are given in', () => {
    const ports = ['b/svc', 'a/svc:y', 'a/svc', 'a/svc:x'].map((key, at) =>
      servicePort(key as 'a/b', { clusterIps: [ip(`172.30.0.${at}`)], endpoints: ONE }),
    );
    const order = lines(['nat', 'KUBE-SERVICES'], ports)?.map((line) => /"(\S+) cluster IP"/.exec(line)?.[1]);
    expect(order).toEqual(['a/svc', 'a/svc:x', 'a/svc:y', 'b/svc', undefined]);
    expect(lines(['nat', 'KUBE-SERVICES'], ports.toReversed())).toEqual(
      lines(['nat', 'KUBE-SERVICES'], ports),
    );
  });

  test('two protocols of an unnamed port come in the order of the protocols', () => {
    const clusterIps = [ip('172.30.0.9')];
    const ports = (['udp', 'tcp'] as const).map((protocol) =>
      servicePort('a/dns', { clusterIps, protocol, endpoints: ONE }),
    );
    const order = lines(['nat', 'KUBE-SERVICES'], ports)?.map((line) => /-p (\S+)/.exec(line)?.[1]);
    expect(order).toEqual(['tcp', 'udp', undefined]);
  });

  test('rules that lead nowhere say why, for the disposition', () => {
    const names = (port: ServicePort) =>
      chains('filter', [port]).flatMap((chain) =>
        chain.rules.flatMap(({ verdictName }) => verdictName ?? []),
      );
    const open: PortFacts = { type: 'NodePort', nodePort: 30001 };
    expect(names(api({ ...open, endpoints: [] }))).toEqual(['no-endpoints', 'no-endpoints']);
    expect(names(api({ ...open, internalTrafficPolicy: 'Local', externalTrafficPolicy: 'Local' }))).toEqual([
      'no-local-endpoint',
      'no-local-endpoint',
    ]);
    expect(names(api(open))).toEqual([]);
  });

  test('nothing is computed before a chain is read', () => {
    const endpoints = () => {
      throw new Error('read');
    };
    const port = Object.defineProperty(api(), 'endpoints', { get: endpoints });
    expect(() =>
      iptablesProxy.compile({
        node: node(),
        family: 4,
        profile: proxyProfile(),
        kubernetes: '1.35',
        serviceCidrs: [],
        clusterCidrs: [],
        servicePorts: [port],
      }),
    ).not.toThrow();
    expect(() => chains('nat', [port])).toThrow('read');
  });
});
