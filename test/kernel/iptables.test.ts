/**
 * The running kernel as the judge: our rules are loaded into it, and real connections must end where the
 * engine says that they do, with the source address that it says.
 */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ServicePort } from '../../src/control/service-port.ts';
import { iptablesProxy } from '../../src/dataplane/proxy/iptables.ts';
import { serviceVerdict } from '../../src/dataplane/service-verdict.ts';
import { type IpFamily, printSocketAddress } from '../../src/net/ip.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { cidr, endpoint, ip, node, proxyProfile, servicePort } from '../dataplane/proxy/service-ports.ts';
import {
  type Connection,
  connect,
  type Host,
  inHost,
  type Probe,
  raiseNamespaces,
  whyNoNamespaces,
} from './namespaces.ts';

const reason = whyNoNamespaces();

const NODE = node({
  addresses: ['192.168.0.2', '10.1.9.1', '203.0.113.1', '10.1.0.254', 'fd01:9::1', 'fd01::fe'].map(ip),
});
/** What the backend sees of a masqueraded connection. */
const MASQUERADE: Readonly<Record<IpFamily, string>> = { 4: '10.1.0.254', 6: 'fd01::fe' };

const here = { node: 'node-a' };
const [FIRST, SECOND] = ['10.1.0.1:8080', '10.1.0.2:8080'];

const SERVICES: readonly ServicePort[] = [
  servicePort('shop/web', { clusterIps: [ip('172.30.0.1')], endpoints: [endpoint(FIRST), endpoint(SECOND)] }),
  servicePort('shop/open', {
    clusterIps: [ip('172.30.0.2')],
    type: 'NodePort',
    nodePort: 30002,
    externalIps: [ip('192.0.2.2')],
    endpoints: [endpoint(FIRST)],
  }),
  servicePort('shop/here', {
    clusterIps: [ip('172.30.0.3')],
    type: 'NodePort',
    nodePort: 30003,
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    endpoints: [endpoint(FIRST), endpoint(SECOND, here)],
  }),
  servicePort('shop/elsewhere', {
    clusterIps: [ip('172.30.0.4')],
    type: 'NodePort',
    nodePort: 30004,
    externalTrafficPolicy: 'Local',
    internalTrafficPolicy: 'Local',
    endpoints: [endpoint(FIRST)],
  }),
  servicePort('shop/none', {
    clusterIps: [ip('172.30.0.5')],
    type: 'NodePort',
    nodePort: 30005,
    externalIps: [ip('192.0.2.5')],
  }),
  servicePort('shop/guarded', {
    clusterIps: [ip('172.30.0.6')],
    type: 'LoadBalancer',
    loadBalancerVips: [ip('198.51.100.6')],
    loadBalancerSourceRanges: [cidr('203.0.113.0/28')],
    endpoints: [endpoint(FIRST)],
  }),
  servicePort('shop/sticky', {
    clusterIps: [ip('172.30.0.7')],
    sessionAffinitySeconds: 60,
    endpoints: [endpoint(FIRST), endpoint(SECOND)],
  }),
  servicePort('shop/six', {
    clusterIps: [ip('fd00:10::1')],
    type: 'NodePort',
    nodePort: 30006,
    endpoints: [endpoint('[fd01::1]:8080')],
  }),
  servicePort('shop/six-none', { clusterIps: [ip('fd00:10::2')] }),
];

function rulesetOf(family: IpFamily) {
  const clusterCidrs = [cidr('10.1.0.0/16'), cidr('fd01::/16')];
  const facts = { profile: proxyProfile(), kubernetes: '1.35', serviceCidrs: [] };
  const input = { node: NODE, family, ...facts, clusterCidrs, servicePorts: SERVICES };
  return composeRuleset(family, [iptablesProxy.compile(input)]);
}
const RULESETS = { 4: rulesetOf(4), 6: rulesetOf(6) };

/** What the engine says of a probe, in the words of one that was made. */
function foretold({ from, to, port }: Probe): readonly Connection[] {
  const [src, dst] = [ip(from), ip(to)];
  const packet = { protocol: 'tcp', src, srcPort: 40000, dst, dstPort: port, ttl: 64, mark: 0 } as const;
  const said = serviceVerdict({ ruleset: RULESETS[dst.family], addresses: NODE.addresses, packet });
  if (said.verdict === 'reject') return [{ result: 'ECONNREFUSED' }];
  if (said.verdict === 'drop') return [{ result: 'timeout' }];
  const peer = said.masquerade ? MASQUERADE[dst.family] : from;
  return said.backends.map((backend) => ({
    result: 'connected',
    peer,
    backend,
    server: printSocketAddress(dst, port),
  }));
}

/** `address port` as `address:port`. */
function observed({ backend, server, ...rest }: Connection): Connection {
  const joined = (text: string) =>
    printSocketAddress(ip(text.split(' ')[0] ?? ''), Number(text.split(' ')[1]));
  return {
    ...rest,
    ...(backend === undefined ? {} : { backend: joined(backend) }),
    ...(server === undefined ? {} : { server: joined(server) }),
  };
}

/** Rules of kube-proxy's chains, counted by chain. */
function countRules(text: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  let table = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const chain = /^-A (\S+)/.exec(line)?.[1];
    if (chain !== undefined) counts[`${table} ${chain}`] = (counts[`${table} ${chain}`] ?? 0) + 1;
  }
  return counts;
}

describe('the kernel', () => {
  let namespaces: { down(): void } | undefined;
  beforeEach((context) => context.skip(reason !== undefined, reason));
  beforeAll(async () => {
    if (reason !== undefined) return;
    namespaces = await raiseNamespaces();
    inHost('node', ['iptables-restore'], printIptablesSave(RULESETS[4]));
    inHost('node', ['ip6tables-restore'], printIptablesSave(RULESETS[6]));
  });
  afterAll(() => namespaces?.down());

  test.each([
    ['iptables-save', 4],
    ['ip6tables-save', 6],
  ] as const)('has as many rules in each chain as we wrote (%s)', (save, family) => {
    const wrote = countRules(printIptablesSave(RULESETS[family]));
    expect(Object.keys(wrote).length).toBeGreaterThan(10);
    expect(countRules(inHost('node', [save]))).toEqual(wrote);
  });

  const VIP = '198.51.100.6';
  const asked: readonly [Host, readonly Probe[]][] = [
    [
      'client',
      [
        // A pod, and somebody outside: to cluster addresses.
        ...['10.1.9.9', '203.0.113.9'].flatMap((from) =>
          [1, 2, 3, 4, 5].map((n) => ({ from, to: `172.30.0.${n}`, port: 80 })),
        ),
        // To node ports, and external addresses.
        ...['10.1.9.9', '203.0.113.9'].flatMap((from) => [
          ...[30002, 30003, 30004, 30005].map((port) => ({ from, to: '192.168.0.2', port })),
          ...['192.0.2.2', '192.0.2.5', VIP].map((to) => ({ from, to, port: 80 })),
        ]),
        { from: '203.0.113.99', to: VIP, port: 80 },
        ...['fd00:10::1', 'fd00:10::2'].map((to) => ({ from: 'fd01:9::9', to, port: 80 })),
        { from: 'fd01:9::9', to: 'fd01:9::1', port: 30006 },
      ],
    ],
    [
      'node',
      [
        ...[1, 2, 3, 4, 5].map((n) => ({ from: '192.168.0.2', to: `172.30.0.${n}`, port: 80 })),
        ...[30002, 30003, 30004, 30005].map((port) => ({ from: '192.168.0.2', to: '192.168.0.2', port })),
        ...[30002, 30003, 30005].map((port) => ({ from: '127.0.0.1', to: '127.0.0.1', port })),
        { from: '192.168.0.2', to: VIP, port: 80 },
      ],
    ],
    // An endpoint that calls its own Service.
    ['backend', [{ from: '10.1.0.1', to: '172.30.0.2', port: 80 }]],
  ];
  test.each(asked)('does what the engine says of connections from the %s', (host, probes) => {
    const results = connect(host, probes).map(observed);
    for (const [at, probe] of probes.entries()) {
      expect(foretold(probe), `${probe.from} to ${probe.to}:${probe.port}`).toContainEqual(results[at]);
    }
  });

  test('every kind of end is among them', () => {
    const ends = asked
      .flatMap(([, probes]) => probes.flatMap(foretold))
      .map(({ result, peer }) => `${result} ${peer}`);
    expect(new Set(ends)).toEqual(
      new Set([
        'connected 10.1.9.9',
        'connected 203.0.113.9',
        'connected 10.1.0.254',
        'connected fd01:9::9',
        'connected fd01::fe',
        'ECONNREFUSED undefined',
        'timeout undefined',
      ]),
    );
  });

  test('chooses every endpoint, and with session affinity always the same', () => {
    const ten = (to: string) => Array.from({ length: 30 }, () => ({ from: '10.1.9.9', to, port: 80 }));
    const backends = (to: string) =>
      new Set(connect('client', ten(to), 'in turn').map((each) => observed(each).backend));
    expect(backends('172.30.0.1')).toEqual(new Set([FIRST, SECOND]));
    expect(backends('172.30.0.7').size).toBe(1);
  });
});
