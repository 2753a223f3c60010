/**
 * What the rules of every mode decide in IPv4, they decide in IPv6, in dual-stack Services and for SCTP: each world is
 * asked again with all its addresses or protocols renamed (kubernetes/kubernetes:pkg/proxy has one proxier for each
 * family, made by the same code).
 */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ServicePort } from '../../src/control/service-port.ts';
import { iptablesProxy } from '../../src/dataplane/proxy/iptables.ts';
import { ipvsProxy } from '../../src/dataplane/proxy/ipvs.ts';
import { nftablesProxy } from '../../src/dataplane/proxy/nftables.ts';
import type { ProxyInput } from '../../src/dataplane/service-proxy.ts';
import { type Cidr, cidrOf } from '../../src/net/cidr.ts';
import { type Ip, isLoopback, parseIp } from '../../src/net/ip.ts';
import type { Packet } from '../../src/net/packet.ts';
import { ip } from '../dataplane/proxy/service-ports.ts';
import { answered, type Decision, inMode, input, packet } from './service-worlds.ts';

/** Pods (10.0.0.0/8) lie in fd01::/64, which is where the detector looks for them; all else in fd02::. */
function six({ text }: Ip): Ip {
  if (text.startsWith('127.')) return ip('::1');
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  const hex = (high: number, low: number) => (high * 256 + low).toString(16);
  return ip(`${a === 10 ? 'fd01' : 'fd02'}::${hex(a, b)}:${hex(c, d)}`);
}

const sixRange = (range: Cidr): Cidr =>
  isLoopback(range.base) ? cidrOf(ip('::1'), 128) : cidrOf(six(range.base), range.length + 96);

/** The same Service with other addresses. */
function renamed(port: ServicePort, rename: (own: Ip) => Ip): ServicePort {
  return {
    ...port,
    clusterIps: port.clusterIps.map(rename),
    externalIps: port.externalIps.map(rename),
    loadBalancerVips: port.loadBalancerVips.map(rename),
    loadBalancerSourceRanges: port.loadBalancerSourceRanges.map(sixRange),
    endpoints: port.endpoints.map((each) => ({ ...each, ip: rename(each.ip) })),
  };
}

/** The same Service in both families. */
function both(port: ServicePort): ServicePort {
  const other = renamed(port, six);
  return {
    ...port,
    clusterIps: [...port.clusterIps, ...other.clusterIps],
    externalIps: [...port.externalIps, ...other.externalIps],
    loadBalancerVips: [...port.loadBalancerVips, ...other.loadBalancerVips],
    loadBalancerSourceRanges: [...port.loadBalancerSourceRanges, ...other.loadBalancerSourceRanges],
    endpoints: [...port.endpoints, ...other.endpoints],
  };
}

/** The node and its settings as the proxier of IPv6 has them. */
function inSix(asked: ProxyInput): ProxyInput {
  const { node, profile } = asked;
  const ranges = profile.nodePortAddresses;
  return {
    ...asked,
    family: 6,
    node: {
      ...node,
      addresses: node.addresses.map(six),
      primaryAddresses: node.primaryAddresses.map(six),
    },
    profile: Array.isArray(ranges) ? { ...profile, nodePortAddresses: ranges.map(sixRange) } : profile,
  };
}

const sent6 = (sent: Packet): Packet => ({ ...sent, src: six(sent.src), dst: six(sent.dst) });

function told6(decision: Decision): Decision {
  const backends = decision.backends.map((text) => {
    const [address = '', port] = text.split(':');
    const own = parseIp(address);
    return own === undefined ? text : `[${six(own).text}]:${port}`;
  });
  return { ...decision, backends: backends.sort() };
}

const inOrder = (decision: Decision): Decision => ({ ...decision, backends: [...decision.backends].sort() });

/** Loopback is another matter in IPv6, and an empty list of node ports' ranges means all in the other modes. */
const comparable = ({ src, dst }: Packet) => !isLoopback(src) && !isLoopback(dst);
const hasRanges = ({ profile }: ProxyInput) =>
  !Array.isArray(profile.nodePortAddresses) ||
  !profile.nodePortAddresses.some(({ base }) => isLoopback(base));

const PROXIES = { iptables: iptablesProxy, nftables: nftablesProxy, ipvs: ipvsProxy } as const;
const packets = fc.array(packet, { minLength: 1, maxLength: 12 });
const asIn = (asked: ProxyInput, mode: keyof typeof PROXIES) =>
  mode === 'iptables' ? asked : inMode(asked, mode);

describe.each(['iptables', 'nftables', 'ipvs'] as const)('%s mode', (mode) => {
  const proxy = PROXIES[mode];

  test('decides in IPv6 as in IPv4', () => {
    let compared = 0;
    fc.assert(
      fc.property(input.filter(hasRanges), packets, (asked, list) => {
        const own = asIn(asked, mode);
        const other = inSix({ ...own, servicePorts: own.servicePorts.map((port) => renamed(port, six)) });
        for (const sent of list.filter(comparable)) {
          compared += 1;
          const expected = told6(answered(own, sent, proxy));
          expect(inOrder(answered(other, sent6(sent), proxy)), JSON.stringify(sent)).toEqual(expected);
        }
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(60);
  });

  test('decides for a Service of both families as for one of each', () => {
    fc.assert(
      fc.property(input.filter(hasRanges), packets, (asked, list) => {
        const own = asIn(asked, mode);
        const dual = { ...own, servicePorts: own.servicePorts.map(both) };
        for (const sent of list.filter(comparable)) {
          const expected = answered(own, sent, proxy);
          expect(answered(dual, sent, proxy), JSON.stringify(sent)).toEqual(expected);
          const dual6 = inOrder(answered(inSix(dual), sent6(sent), proxy));
          expect(dual6, JSON.stringify(sent)).toEqual(told6(expected));
        }
      }),
      { numRuns: 25 },
    );
  });

  test.each(['udp', 'sctp'] as const)('decides for %s as for TCP', (protocol) => {
    fc.assert(
      fc.property(input, packets, (asked, list) => {
        const own = asIn(asked, mode);
        // Health checks are TCP, whatever the Service is.
        const ports = own.servicePorts.map(({ healthCheckNodePort: _, ...port }) => port);
        const plain = { ...own, servicePorts: ports };
        const other = { ...own, servicePorts: ports.map((port) => ({ ...port, protocol })) };
        for (const sent of list.filter((each) => each.protocol === 'tcp' && !isLoopback(each.src))) {
          const expected = answered(plain, sent, proxy);
          expect(answered(other, { ...sent, protocol }, proxy), JSON.stringify(sent)).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });
});
