/**
 * The IPVS mode: virtual servers, sets and rules. Expected values are those of kube-proxy 1.35's source
 * (kubernetes/kubernetes:pkg/proxy/ipvs/proxier.go, ipset.go) and its README; the kernel that these tests
 * run on has no virtual servers.
 */

import { describe, expect, test } from 'vitest';
import type { ServicePort } from '../../../src/control/service-port.ts';
import { ipvsProxy } from '../../../src/dataplane/proxy/ipvs.ts';
import type { ProxyInput } from '../../../src/dataplane/service-proxy.ts';
import { serviceVerdict } from '../../../src/dataplane/service-verdict.ts';
import { composeRuleset } from '../../../src/netfilter/compose.ts';
import { printIptablesSave } from '../../../src/netfilter/print-iptables.ts';
import { ipsetLines, ipvsadmLines } from '../../../src/netfilter/print-ipvs.ts';
import type { VirtualServers } from '../../../src/netfilter/virtual-servers.ts';
import { proxyInput } from './iptables-lines.ts';
import { cidr, endpoint, ip, proxyProfile, servicePort } from './service-ports.ts';

const here = { node: 'node-a' };
const WEB = servicePort('shop/web:http', {
  type: 'NodePort',
  clusterIps: [ip('172.30.0.1'), ip('fd00:10::1')],
  nodePort: 30001,
  endpoints: [endpoint('10.1.0.1:8080', here), endpoint('10.1.0.2:8080'), endpoint('[fd01::1]:8080')],
});
const LB = servicePort('shop/lb', {
  type: 'LoadBalancer',
  clusterIps: [ip('172.30.0.2')],
  loadBalancerVips: [ip('198.51.100.2')],
  externalIps: [ip('192.0.2.2')],
  loadBalancerSourceRanges: [cidr('203.0.113.0/24')],
  externalTrafficPolicy: 'Local',
  healthCheckNodePort: 32002,
  sessionAffinitySeconds: 60,
  endpoints: [endpoint('10.1.0.2:8080')],
});
const NONE = servicePort('shop/none', { clusterIps: [ip('172.30.0.3')] });
const SCTP = servicePort('shop/sctp', {
  type: 'NodePort',
  protocol: 'sctp',
  clusterIps: [ip('172.30.0.4')],
  nodePort: 30004,
  endpoints: [endpoint('10.1.0.1:8080', here)],
});

function compiled(ports: readonly ServicePort[], facts: Partial<ProxyInput> = {}) {
  const input = proxyInput(ports, { profile: proxyProfile({ mode: 'ipvs' }), ...facts });
  return composeRuleset(input.family, [ipvsProxy.compile(input)]);
}

function serversOf(ports: readonly ServicePort[], facts: Partial<ProxyInput> = {}): VirtualServers {
  const { virtualServers } = compiled(ports, facts);
  if (virtualServers === undefined) throw new Error('no virtual servers');
  return virtualServers;
}

const adm = (ports: readonly ServicePort[], facts: Partial<ProxyInput> = {}) => [
  ...ipvsadmLines(serversOf(ports, facts)),
];

/**
 * What `ipvsadm --restore` reads: each virtual server with its real servers. It splits lines at blanks and knows no
 * comments (ipvsadm config_stream.c); options are those of its man page.
 */
function readBack(lines: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const servers = new Map<string, string[]>();
  for (const line of lines) {
    expect(line).toMatch(
      /^(-A (-t|-u|--sctp-service) \S+:\d+ -s \w+( -p \d+( -M 128)?)?( -b [\w,-]+)?|-a (-t|-u|--sctp-service) \S+:\d+ -r \S+:\d+ -m -w 1)$/,
    );
    const [verb, option, address = '', ...rest] = line.split(' ');
    const key = `${option} ${address}`;
    if (verb === '-A') {
      expect(servers.has(key)).toBe(false);
      servers.set(key, []);
      continue;
    }
    expect([verb, rest[0], ...rest.slice(2)]).toEqual(['-a', '-r', '-m', '-w', '1']);
    servers.get(key)?.push(rest[1] ?? '');
  }
  return servers;
}

describe('virtual servers', () => {
  test('at cluster addresses and node ports, with the endpoints as real servers', () => {
    expect(readBack(adm([WEB]))).toEqual(
      new Map([
        ['-t 172.30.0.1:80', ['10.1.0.1:8080', '10.1.0.2:8080']],
        ['-t 192.168.0.2:30001', ['10.1.0.1:8080', '10.1.0.2:8080']],
      ]),
    );
    expect(readBack(adm([WEB], { family: 6 }))).toEqual(
      new Map([['-t [fd00:10::1]:80', ['[fd01::1]:8080']]]),
    );
  });

  // netlink_linux.go GetAllLocalAddressesExcept, isValidForSet.
  test('of node ports stand at every local address, but for loopback and link-local ones', () => {
    const local = [
      '192.168.0.2',
      '10.244.1.1',
      '10.244.1.0',
      '10.244.1.1',
      '127.0.0.1',
      'fd00:1::1',
      'fe80::1',
    ];
    const facts = { localAddresses: local.map(ip) };
    const at = (family: 4 | 6) =>
      [...readBack(adm([WEB], { ...facts, family })).keys()].filter((key) => key.endsWith(':30001'));
    expect(at(4)).toEqual(['-t 192.168.0.2:30001', '-t 10.244.1.1:30001', '-t 10.244.1.0:30001']);
    expect(at(6)).toEqual(['-t [fd00:1::1]:30001']);
    const selected = {
      ...facts,
      profile: proxyProfile({ mode: 'ipvs', nodePortAddresses: [cidr('192.168.0.0/16')] }),
    };
    expect([...readBack(adm([WEB], selected)).keys()].at(-1)).toBe('-t 192.168.0.2:30001');
  });

  test('have the scheduler, and persistence for session affinity', () => {
    expect(adm([LB])[0]).toBe('-A -t 172.30.0.2:80 -s rr -p 60');
    const profile = proxyProfile({ mode: 'ipvs', scheduler: 'mh' });
    expect(adm([SCTP], { profile })[0]).toBe('-A --sctp-service 172.30.0.4:80 -s mh -b mh-port');
  });

  test('without endpoints have no real server', () => {
    expect(readBack(adm([NONE]))).toEqual(new Map([['-t 172.30.0.3:80', []]]));
  });

  // syncEndpoint: onlyNodeLocalEndpoints.
  test('of policy Local take the endpoints of the node, and those of the cluster where it has none', () => {
    expect(readBack(adm([{ ...WEB, externalTrafficPolicy: 'Local' }])).get('-t 192.168.0.2:30001')).toEqual([
      '10.1.0.1:8080',
    ]);
    expect(readBack(adm([LB])).get('-t 198.51.100.2:80')).toEqual(['10.1.0.2:8080']);
  });
});

describe('sets', () => {
  const sets = [...ipsetLines(serversOf([WEB, LB, NONE, SCTP]), 4)];
  const entries = (name: string) =>
    sets.filter((line) => line.startsWith(`add ${name} `)).map((line) => line.slice(`add ${name} `.length));

  test('are made in the sizes of kube-proxy', () => {
    expect(sets.filter((line) => line.startsWith('create '))).toHaveLength(17);
    expect(sets).toContain('create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536');
    expect(sets).toContain('create KUBE-NODE-PORT-TCP bitmap:port range 0-65535');
  });

  test.each([
    [
      'KUBE-CLUSTER-IP',
      ['172.30.0.1,tcp:80', '172.30.0.2,tcp:80', '172.30.0.3,tcp:80', '172.30.0.4,sctp:80'],
    ],
    ['KUBE-LOOP-BACK', ['10.1.0.1,tcp:8080,10.1.0.1', '10.1.0.1,sctp:8080,10.1.0.1']],
    ['KUBE-EXTERNAL-IP', []],
    ['KUBE-EXTERNAL-IP-LOCAL', ['192.0.2.2,tcp:80']],
    ['KUBE-LOAD-BALANCER', ['198.51.100.2,tcp:80']],
    ['KUBE-LOAD-BALANCER-LOCAL', ['198.51.100.2,tcp:80']],
    ['KUBE-LOAD-BALANCER-FW', ['198.51.100.2,tcp:80']],
    ['KUBE-LOAD-BALANCER-SOURCE-CIDR', ['198.51.100.2,tcp:80,203.0.113.0/24']],
    ['KUBE-LOAD-BALANCER-SOURCE-IP', []],
    ['KUBE-NODE-PORT-TCP', ['30001']],
    ['KUBE-NODE-PORT-SCTP-HASH', ['192.168.0.2,sctp:30004']],
    ['KUBE-HEALTH-CHECK-NODE-PORT', ['32002']],
    ['KUBE-IPVS-IPS', ['172.30.0.1', '172.30.0.2', '192.0.2.2', '198.51.100.2', '172.30.0.3', '172.30.0.4']],
  ])('%s', (name, expected) => {
    // In the order of the Services' names, which the kernel does not keep.
    expect(entries(name).toSorted()).toEqual(expected.toSorted());
  });

  test('of IPv6 have names of their own, as long as the kernel takes', () => {
    const names = serversOf([WEB], { family: 6 }).sets.map(({ name }) => name);
    expect(names).toContain('KUBE-6-LOAD-BALANCER-SOURCE-CID');
    expect(names.every((name) => name.length <= 31 && name.startsWith('KUBE-6-'))).toBe(true);
  });
});

describe('rules', () => {
  const text = printIptablesSave(compiled([WEB, LB]));
  const of = (chain: string) =>
    text
      .split('\n')
      .filter((line) => line.startsWith(`-A ${chain} `))
      .map((line) => line.slice(`-A ${chain} `.length).replace(/-m comment --comment "?[^"]*"? (?=-|$)/, ''));

  test('of KUBE-SERVICES, in the order of writeIptablesRules', () => {
    expect(of('KUBE-SERVICES')).toEqual([
      '-s 127.0.0.0/8 -j RETURN',
      '-m set --match-set KUBE-LOAD-BALANCER dst,dst -j KUBE-LOAD-BALANCER',
      '-m set --match-set KUBE-CLUSTER-IP dst,dst ! -s 10.0.0.0/8 -j KUBE-MARK-MASQ',
      '-m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT',
      '-m set --match-set KUBE-EXTERNAL-IP-LOCAL dst,dst -m addrtype --dst-type LOCAL -j ACCEPT',
      '-m addrtype --dst-type LOCAL -j KUBE-NODE-PORT',
      '-m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT',
      '-m set --match-set KUBE-LOAD-BALANCER dst,dst -j ACCEPT',
    ]);
  });

  test('of the filter', () => {
    expect(of('KUBE-IPVS-FILTER').at(-1)).toBe(
      '-m conntrack --ctstate NEW -m set --match-set KUBE-IPVS-IPS dst -j REJECT --reject-with icmp-port-unreachable',
    );
    expect(of('KUBE-SOURCE-RANGES-FIREWALL')).toEqual([
      '-m set --match-set KUBE-LOAD-BALANCER-SOURCE-CIDR dst,dst,src -j RETURN',
      '-j DROP',
    ]);
    expect(of('KUBE-IPVS-OUT-FILTER')).toEqual([
      '-s 198.51.100.2 -m ipvs --vaddr 198.51.100.2 --vproto tcp --vport 80 -j DROP',
    ]);
  });

  test('without a detector masquerade what a cluster address sends', () => {
    const profile = proxyProfile({ mode: 'ipvs', detectLocal: 'none' });
    expect(printIptablesSave(compiled([WEB], { profile }))).toContain(
      '--match-set KUBE-CLUSTER-IP src,dst -j KUBE-MARK-MASQ',
    );
  });
});

describe('a packet', () => {
  const ask = (from: string, to: string, port: number) => {
    const { rules: _, ...said } = serviceVerdict({
      ruleset: compiled([WEB, LB, NONE]),
      addresses: [ip('192.168.0.2')],
      packet: {
        protocol: 'tcp',
        src: ip(from),
        srcPort: 40000,
        dst: ip(to),
        dstPort: port,
        ttl: 64,
        mark: 0,
      },
    });
    return said;
  };
  const both = ['10.1.0.1:8080', '10.1.0.2:8080'];
  const to = (backends: readonly string[], masquerade: boolean) => ({
    verdict: 'accept',
    backends,
    masquerade,
  });
  const stopped = (verdict: string) => ({ verdict, backends: [], masquerade: false });
  test.each([
    ['10.1.9.9 172.30.0.1 80', 'a pod to the cluster address', to(both, false)],
    ['192.168.0.2 172.30.0.1 80', 'the node to the cluster address', to(both, true)],
    ['203.0.113.9 192.168.0.2 30001', 'from outside to a node port', to(both, true)],
    ['10.1.9.9 172.30.0.3 80', 'no endpoints', stopped('reject')],
    ['10.1.9.9 172.30.0.1 81', 'a port that the Service has not', stopped('reject')],
    ['203.0.113.9 198.51.100.2 80', 'inside the source ranges', to(['10.1.0.2:8080'], false)],
    ['192.0.2.9 198.51.100.2 80', 'outside of them', stopped('drop')],
    ['10.1.9.9 172.30.0.9 80', 'an address that nobody has', stopped('none')],
  ])('%s: %s', (asked, _, expected) => {
    const [from = '', address = '', port] = asked.split(' ');
    expect(ask(from, address, Number(port))).toEqual(expected);
  });
});

test('kube-ipvs0 holds the addresses that no other device has', () => {
  const own = { ...LB, externalIps: [ip('192.168.0.2')] };
  const [device] = ipvsProxy.devices?.([proxyInput([WEB, own])]) ?? [];
  expect(device?.name).toBe('kube-ipvs0');
  expect(device?.addresses.map(({ ip: address }) => address.text)).toEqual([
    '172.30.0.1',
    '172.30.0.2',
    '198.51.100.2',
  ]);
});
