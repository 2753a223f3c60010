/** Any Services of one node, any packets, and what the rules of a mode do with them. */

import fc from 'fast-check';
import type { Endpoint, ServicePort } from '../../src/control/service-port.ts';
import { iptablesProxy } from '../../src/dataplane/proxy/iptables.ts';
import type { ProxyInput, ServiceProxy } from '../../src/dataplane/service-proxy.ts';
import { serviceVerdict } from '../../src/dataplane/service-verdict.ts';
import { isLoopback } from '../../src/net/ip.ts';
import type { Packet } from '../../src/net/packet.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import { proxyInput } from '../dataplane/proxy/iptables-lines.ts';
import { cidr, endpoint, ip, node, proxyProfile, servicePort } from '../dataplane/proxy/service-ports.ts';

export interface Decision {
  readonly verdict: string;
  readonly backends: readonly string[];
  readonly masquerade: boolean;
}

export const NODE_ADDRESSES = ['192.168.0.2', '192.168.1.2'].map(ip);
const SOURCES = [
  '10.1.0.1',
  '10.9.0.9',
  '192.168.0.2',
  '192.168.1.2',
  '127.0.0.1',
  '203.0.113.9',
  '198.51.100.1',
];

const some = <Value>(...values: readonly Value[]) => fc.subarray([...values]);
const endpoints: fc.Arbitrary<readonly Endpoint[]> = fc
  .subarray(['10.1.0.1', '10.1.0.2', '10.1.0.3'])
  .chain((addresses) =>
    fc.tuple(
      ...addresses.map((address) =>
        fc
          .record({
            state: fc.constantFrom(
              { ready: true },
              { ready: true },
              { ready: false, serving: true, terminating: true },
              { ready: false, serving: false },
            ),
            place: fc.constantFrom({ node: 'node-a' }, { node: 'node-b' }, {}),
            zoneHints: fc.constantFrom([], ['z1'], ['z2']),
          })
          .map(({ state, place, zoneHints }) =>
            endpoint(`${address}:8080`, { ...state, ...place, zoneHints }),
          ),
      ),
    ),
  );
const policy = fc.constantFrom('Cluster' as const, 'Local' as const);

/** A Service of its own addresses and ports, told apart by `n`. */
const servicePortOf = (n: number): fc.Arbitrary<ServicePort> =>
  fc
    .record({
      type: fc.constantFrom('ClusterIP' as const, 'NodePort' as const, 'LoadBalancer' as const),
      endpoints,
      nodePort: fc.option(fc.constant(30000 + n), { nil: undefined }),
      externalIps: some(ip(`192.0.2.${n}`), ip('192.168.1.2')),
      loadBalancerVips: some(ip(`198.51.100.${n}`)),
      loadBalancerSourceRanges: some(cidr('203.0.113.0/24'), cidr('192.168.0.0/24')),
      internalTrafficPolicy: policy,
      externalTrafficPolicy: policy,
      healthCheckNodePort: fc.option(fc.constant(32000 + n), { nil: undefined }),
      sessionAffinitySeconds: fc.option(fc.constant(10800), { nil: undefined }),
    })
    .map(({ nodePort, healthCheckNodePort, sessionAffinitySeconds, ...facts }) =>
      servicePort(`shop/svc${n}`, {
        clusterIps: [ip(`172.30.0.${n}`)],
        port: 80 + n,
        ...facts,
        ...(nodePort === undefined ? {} : { nodePort }),
        ...(healthCheckNodePort === undefined ? {} : { healthCheckNodePort }),
        ...(sessionAffinitySeconds === undefined ? {} : { sessionAffinitySeconds }),
      }),
    );

const setting: fc.Arbitrary<Partial<ProxyInput>> = fc
  .record({
    masqueradeAll: fc.boolean(),
    localhostNodePorts: fc.boolean(),
    detectLocal: fc.constantFrom('ClusterCIDR' as const, 'none' as const),
    nodePortAddresses: fc.constantFrom(undefined, [cidr('192.168.1.0/24')], [cidr('127.0.0.0/8')]),
  })
  .map(({ nodePortAddresses, ...facts }) => ({
    node: node({ addresses: NODE_ADDRESSES, labels: new Map([['topology.kubernetes.io/zone', 'z1']]) }),
    profile: proxyProfile({ ...facts, ...(nodePortAddresses === undefined ? {} : { nodePortAddresses }) }),
  }));

export const input = fc
  .tuple(servicePortOf(1), servicePortOf(2), setting)
  .map(([one, two, facts]) => proxyInput([one, two], facts));

export const packet: fc.Arbitrary<Packet> = fc
  .record({
    src: fc.constantFrom(...SOURCES.map(ip)),
    dst: fc.constantFrom(
      ...[
        '172.30.0.1',
        '172.30.0.2',
        '192.0.2.1',
        '198.51.100.1',
        '198.51.100.2',
        '192.168.0.2',
        '192.168.1.2',
        '127.0.0.1',
      ].map(ip),
    ),
    dstPort: fc.constantFrom(81, 82, 30001, 30002, 32001, 32002, 99),
    protocol: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const),
  })
  // Only the node itself can send to its loopback addresses.
  .filter(({ src, dst }) => !isLoopback(dst) || isLoopback(src))
  .map((facts) => ({ ...facts, srcPort: 40000, ttl: 64, mark: 0 }));

/** What the rules do with a packet. */
export function answered(asked: ProxyInput, sent: Packet, proxy: ServiceProxy = iptablesProxy): Decision {
  const ruleset = composeRuleset(asked.family, [proxy.compile(asked)]);
  const { rules: _, ...decision } = serviceVerdict({
    ruleset,
    addresses: asked.node.addresses,
    packet: sent,
  });
  return decision;
}

/** Node ports at every address, as in iptables mode. */
export function inMode(asked: ProxyInput, mode: 'nftables' | 'ipvs'): ProxyInput {
  const everywhere = { nodePortAddresses: [cidr('0.0.0.0/0')] };
  return { ...asked, profile: { ...everywhere, ...asked.profile, mode } };
}
