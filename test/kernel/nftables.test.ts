/**
 * The running kernel as the judge of the nftables mode: the printed table is loaded into it, and real
 * connections must end where the engine says that they do, with the source address that it says.
 */

import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nftablesProxy } from '../../src/dataplane/proxy/nftables.ts';
import { serviceVerdict } from '../../src/dataplane/service-verdict.ts';
import { type IpFamily, printSocketAddress } from '../../src/net/ip.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import { printNft } from '../../src/netfilter/print-nft.ts';
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

const reason =
  whyNoNamespaces() ?? (spawnSync('nft', ['--version']).error ? 'not installed: nft' : undefined);

const NODE = node({
  addresses: ['192.168.0.2', '10.1.9.1', '203.0.113.1', '10.1.0.254', 'fd01:9::1', 'fd01::fe'].map(ip),
});
/** What the backend sees of a masqueraded connection. */
const MASQUERADE: Readonly<Record<IpFamily, string>> = { 4: '10.1.0.254', 6: 'fd01::fe' };
const [FIRST, SECOND] = ['10.1.0.1:8080', '10.1.0.2:8080'];
const here = { node: 'node-a' };
const VIP = '198.51.100.6';

const SERVICES = [
  servicePort('shop/web', { clusterIps: [ip('172.30.0.1')], endpoints: [endpoint(FIRST), endpoint(SECOND)] }),
  servicePort('shop/open', {
    clusterIps: [ip('172.30.0.2')],
    type: 'NodePort',
    nodePort: 30002,
    externalIps: [ip('192.0.2.2')],
    endpoints: [endpoint(FIRST)],
  }),
  servicePort('shop/local', {
    clusterIps: [ip('172.30.0.3')],
    type: 'NodePort',
    nodePort: 30003,
    externalTrafficPolicy: 'Local',
    endpoints: [endpoint(FIRST, here), endpoint(SECOND)],
  }),
  servicePort('shop/elsewhere', {
    clusterIps: [ip('172.30.0.4')],
    type: 'NodePort',
    nodePort: 30004,
    internalTrafficPolicy: 'Local',
    externalTrafficPolicy: 'Local',
    endpoints: [endpoint(SECOND)],
  }),
  servicePort('shop/none', { clusterIps: [ip('172.30.0.5')], type: 'NodePort', nodePort: 30005 }),
  servicePort('shop/ranges', {
    clusterIps: [ip('172.30.0.6')],
    type: 'LoadBalancer',
    loadBalancerVips: [ip(VIP)],
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

/** Every address of the node serves node ports, so that the client can reach one. */
function rulesetOf(family: IpFamily, kubernetes: string) {
  const everywhere = [cidr('0.0.0.0/0'), cidr('::/0')];
  const input = {
    node: NODE,
    family,
    profile: proxyProfile({ mode: 'nftables', nodePortAddresses: everywhere }),
    kubernetes,
    serviceCidrs: [cidr('172.30.0.0/16'), cidr('fd00:10::/64')],
    clusterCidrs: [cidr('10.1.0.0/16'), cidr('fd01::/16')],
    servicePorts: SERVICES,
  };
  return composeRuleset(family, [nftablesProxy.compile(input)]);
}

const fromClient = ['10.1.9.9', '203.0.113.9'].flatMap((from): readonly Probe[] => [
  ...[1, 2, 3, 4, 5, 99].map((n) => ({ from, to: `172.30.0.${n}`, port: 80 })),
  // A port that the Service has not.
  { from, to: '172.30.0.1', port: 81 },
  ...[30002, 30003, 30004, 30005].map((port) => ({ from, to: '192.168.0.2', port })),
  ...['192.0.2.2', VIP].map((to) => ({ from, to, port: 80 })),
]);
const PROBES: readonly [Host, readonly Probe[]][] = [
  [
    'client',
    [
      ...fromClient,
      { from: '203.0.113.99', to: VIP, port: 80 },
      ...['fd00:10::1', 'fd00:10::2', 'fd00:10::9'].map((to) => ({ from: 'fd01:9::9', to, port: 80 })),
      { from: 'fd01:9::9', to: 'fd01:9::1', port: 30006 },
    ],
  ],
  [
    'node',
    [
      ...[1, 2, 3, 4, 5, 99].map((n) => ({ from: '192.168.0.2', to: `172.30.0.${n}`, port: 80 })),
      ...[30002, 30003, 30004, 30005].map((port) => ({ from: '192.168.0.2', to: '192.168.0.2', port })),
    ],
  ],
  ['backend', [{ from: '10.1.0.1', to: '172.30.0.2', port: 80 }]],
];

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

// 1.33 and 1.35 hang their checks on different hooks.
describe.each(['1.33', '1.35'])('the kernel, with the table of %s', (version) => {
  const rulesets = { 4: rulesetOf(4, version), 6: rulesetOf(6, version) };
  let namespaces: { down(): void } | undefined;
  beforeEach((context) => context.skip(reason !== undefined, reason));
  beforeAll(async () => {
    if (reason !== undefined) return;
    namespaces = await raiseNamespaces();
    for (const family of [4, 6] as const) inHost('node', ['nft', '-f', '-'], printNft(rulesets[family]));
  });
  afterAll(() => namespaces?.down());

  /** What the engine says of a probe, in the words of one that was made. */
  function foretold({ from, to, port }: Probe): readonly Connection[] {
    const [src, dst] = [ip(from), ip(to)];
    const packet = { protocol: 'tcp', src, srcPort: 40000, dst, dstPort: port, ttl: 64, mark: 0 } as const;
    const said = serviceVerdict({ ruleset: rulesets[dst.family], addresses: NODE.addresses, packet });
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

  test.each(PROBES)('does what the engine says of connections from the %s', (host, probes) => {
    const results = connect(host, probes).map(observed);
    for (const [at, probe] of probes.entries()) {
      expect(foretold(probe), `${probe.from} to ${probe.to}:${probe.port}`).toContainEqual(results[at]);
    }
  });

  test('with session affinity always takes the same endpoint, else each', () => {
    const ten = (to: string) => Array.from({ length: 20 }, () => ({ from: '10.1.9.9', to, port: 80 }));
    const backends = (to: string) =>
      new Set(connect('client', ten(to), 'in turn').map((each) => observed(each).backend));
    expect(backends('172.30.0.1')).toEqual(new Set([FIRST, SECOND]));
    expect(backends('172.30.0.7').size).toBe(1);
  });
});
