/**
 * Any Services and packets: the rules of the iptables mode, when they are run, come to what kube-proxy's
 * documentation promises, here written down as a table of decisions.
 */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint, ServicePort } from '../../src/control/service-port.ts';
import { categorizeEndpoints } from '../../src/control/usable-endpoints.ts';
import { iptablesProxy } from '../../src/dataplane/proxy/iptables.ts';
import { ipvsProxy } from '../../src/dataplane/proxy/ipvs.ts';
import { nftablesProxy } from '../../src/dataplane/proxy/nftables.ts';
import type { ProxyInput } from '../../src/dataplane/service-proxy.ts';
import { cidrContains } from '../../src/net/cidr.ts';
import { isLoopback, printSocketAddress } from '../../src/net/ip.ts';
import type { Packet } from '../../src/net/packet.ts';
import { composeRuleset } from '../../src/netfilter/compose.ts';
import { printIptablesSave } from '../../src/netfilter/print-iptables.ts';
import { cidr, ip, node } from '../dataplane/proxy/service-ports.ts';
import { answered, type Decision, inMode, input, NODE_ADDRESSES, packet } from './service-worlds.ts';

const isLocal = (address: Packet['dst']) => NODE_ADDRESSES.includes(address) || isLoopback(address);
const NOTHING: Decision = { verdict: 'none', backends: [], masquerade: false };

/** kubernetes.io/docs/reference/networking/virtual-ips, and KEP-1669, KEP-2086 for endpoints. */
function promised(asked: ProxyInput, sent: Packet): Decision {
  const ports = asked.servicePorts.filter(({ protocol }) => protocol === sent.protocol);
  const entered = ports.map((port) => entry(asked, port, sent)).find((found) => found !== undefined);
  if (entered !== undefined) return entered;
  const stops = asked.servicePorts
    .map((port) => deadEnd(asked, port, sent))
    .find((found) => found !== undefined);
  return stops ?? NOTHING;
}

/** What happens to a packet that one of the Service's entries takes; undefined: none does. */
function entry(asked: ProxyInput, port: ServicePort, sent: Packet): Decision | undefined {
  const at = entryOf(asked, port, sent);
  if (at === undefined || !categorizeEndpoints(port, asked.node, 4).hasAnyEndpoints) return undefined;
  if (at === 'load balancer' && !mayEnter(port, sent)) return undefined;
  const choice =
    at === 'cluster address' ? insideChoice(asked, port, sent) : outsideChoice(asked, port, sent);
  if (choice.endpoints.length === 0) return undefined;
  return {
    verdict: 'accept',
    backends: choice.endpoints.map((each) => printSocketAddress(each.ip, each.port)),
    masquerade: choice.masquerade || choice.endpoints.some((each) => each.ip === sent.src),
  };
}

interface Choice {
  readonly endpoints: readonly Endpoint[];
  readonly masquerade: boolean;
}

function insideChoice(asked: ProxyInput, port: ServicePort, sent: Packet): Choice {
  const { cluster, local } = categorizeEndpoints(port, asked.node, 4);
  const isKnownOutsider = asked.profile.detectLocal !== 'none' && !isFromPod(asked, sent);
  return {
    endpoints: (port.internalTrafficPolicy === 'Local' ? local : cluster) ?? [],
    masquerade: asked.profile.masqueradeAll || isKnownOutsider,
  };
}

function outsideChoice(asked: ProxyInput, port: ServicePort, sent: Packet): Choice {
  const { cluster, local } = categorizeEndpoints(port, asked.node, 4);
  if (!isPolicyLocal(port)) return { endpoints: cluster ?? [], masquerade: true };
  if (isFromPod(asked, sent)) return { endpoints: cluster ?? [], masquerade: false };
  if (isLocal(sent.src)) return { endpoints: cluster ?? [], masquerade: true };
  return { endpoints: local ?? [], masquerade: false };
}

function isFromPod(asked: ProxyInput, { src }: Packet): boolean {
  return asked.profile.detectLocal !== 'none' && src.text.startsWith('10.');
}

function isPolicyLocal(port: ServicePort): boolean {
  return port.externallyAccessible && port.externalTrafficPolicy === 'Local';
}

/** Which of the Service's entries the packet is addressed to. */
function entryOf(asked: ProxyInput, port: ServicePort, { dst, dstPort }: Packet) {
  if (dstPort === port.port && port.clusterIps.includes(dst)) return 'cluster address';
  if (dstPort === port.port && port.externalIps.includes(dst)) return 'external address';
  if (dstPort === port.port && port.loadBalancerVips.includes(dst)) return 'load balancer';
  return dstPort === port.nodePort && isNodePortAddress(asked, dst) ? 'node port' : undefined;
}

function isNodePortAddress({ profile }: ProxyInput, dst: Packet['dst']): boolean {
  if (isLoopback(dst) && !profile.localhostNodePorts) return false;
  const ranges = profile.nodePortAddresses;
  if (ranges === undefined || ranges === 'primary') return isLocal(dst);
  return isLocal(dst) && ranges.some((range) => cidrContains(range, dst));
}

function mayEnter(port: ServicePort, { src }: Packet): boolean {
  const ranges = port.loadBalancerSourceRanges;
  if (ranges.length === 0 || ranges.some((range) => cidrContains(range, src))) return true;
  const isNodeInside = ranges.some((range) => cidrContains(range, ip('192.168.0.2')));
  return isNodeInside && port.loadBalancerVips.includes(src);
}

/** What else the node decides about a packet that no entry took; undefined: nothing for this Service. */
function deadEnd(asked: ProxyInput, port: ServicePort, sent: Packet): Decision | undefined {
  if (isHealthCheck(port, sent)) return { verdict: 'accept', backends: [], masquerade: false };
  if (sent.protocol !== port.protocol) return undefined;
  const { hasAnyEndpoints } = categorizeEndpoints(port, asked.node, 4);
  const isGuarded = hasAnyEndpoints && port.loadBalancerSourceRanges.length > 0;
  const stops =
    isFor(port, sent, port.clusterIps) ||
    (isGuarded && isFor(port, sent, port.loadBalancerVips)) ||
    isExternalDeadEnd(asked, port, sent);
  return stops
    ? { verdict: hasAnyEndpoints ? 'drop' : 'reject', backends: [], masquerade: false }
    : undefined;
}

function isHealthCheck(port: ServicePort, sent: Packet): boolean {
  return sent.protocol === 'tcp' && sent.dstPort === port.healthCheckNodePort && isLocal(sent.dst);
}

function isFor(port: ServicePort, sent: Packet, addresses: readonly Packet['dst'][]): boolean {
  return sent.dstPort === port.port && addresses.includes(sent.dst);
}

/** The rules for entries from outside are not asked about what leaves the node itself. */
function isExternalDeadEnd(asked: ProxyInput, port: ServicePort, sent: Packet): boolean {
  if (isLocal(sent.src) && !isLocal(sent.dst)) return false;
  const isNodePort = sent.dstPort === port.nodePort && isLocal(sent.dst);
  if (!isNodePort && !isFor(port, sent, [...port.externalIps, ...port.loadBalancerVips])) return false;
  const { hasAnyEndpoints, local } = categorizeEndpoints(port, asked.node, 4);
  return !hasAnyEndpoints || (isPolicyLocal(port) && (local ?? []).length === 0);
}

test('the rules do what is promised', () => {
  fc.assert(
    fc.property(input, fc.array(packet, { minLength: 1, maxLength: 12 }), (asked, packets) => {
      for (const sent of packets)
        expect(answered(asked, sent), JSON.stringify(sent)).toEqual(promised(asked, sent));
    }),
    { numRuns: 300 },
  );
});

/** docs/semantics/kube-proxy.md: where the nftables mode differs from what iptables mode promises. */
function promisedByNftables(asked: ProxyInput, sent: Packet): Decision {
  const stop = (verdict: string): Decision => ({ verdict, backends: [], masquerade: false });
  const ofProtocol = asked.servicePorts.filter(({ protocol }) => protocol === sent.protocol);
  const guarded = ofProtocol.find(
    (port) => isFor(port, sent, port.loadBalancerVips) && !mayEnter(port, sent),
  );
  if (guarded !== undefined) return stop('drop');
  const usual = promised(asked, sent);
  if (asked.servicePorts.some((port) => isHealthCheck(port, sent))) return NOTHING;
  const isUnserved = ofProtocol.some(
    (port) => sent.dstPort === port.nodePort && !isNodePortAddress(asked, sent.dst),
  );
  if (usual.verdict !== 'none') return isUnserved && isLocal(sent.dst) ? NOTHING : usual;
  const deadEnds = ofProtocol.filter(
    (port) =>
      isFor(port, sent, [...port.externalIps, ...port.loadBalancerVips]) &&
      entry(asked, port, sent) === undefined,
  );
  const [port] = deadEnds;
  if (port !== undefined) {
    return stop(categorizeEndpoints(port, asked.node, 4).hasAnyEndpoints ? 'drop' : 'reject');
  }
  const isClusterIp = asked.servicePorts.some(({ clusterIps }) => clusterIps.includes(sent.dst));
  return isClusterIp ? stop('reject') : NOTHING;
}

test('nftables mode does the same, but for what is documented', () => {
  fc.assert(
    fc.property(input, fc.array(packet, { minLength: 1, maxLength: 12 }), (asked, packets) => {
      for (const sent of packets.filter(({ dst }) => !isLoopback(dst))) {
        const got = answered(inMode(asked, 'nftables'), sent, nftablesProxy);
        expect(got, JSON.stringify(sent)).toEqual(promisedByNftables(inMode(asked, 'nftables'), sent));
      }
    }),
    { numRuns: 300 },
  );
});

/** With policies Cluster and a detector: there all modes must agree. */
function plain(asked: ProxyInput): ProxyInput {
  const servicePorts = asked.servicePorts.map((port) => ({
    ...port,
    internalTrafficPolicy: 'Cluster' as const,
    externalTrafficPolicy: 'Cluster' as const,
  }));
  return { ...asked, servicePorts, profile: { ...asked.profile, detectLocal: 'ClusterCIDR' } };
}

test('IPVS mode takes the same endpoints, masquerades the same, and refuses the same', () => {
  let compared = 0;
  fc.assert(
    fc.property(input, fc.array(packet, { minLength: 1, maxLength: 12 }), (asked, packets) => {
      const own = inMode(plain(asked), 'ipvs');
      // Addresses of load balancers are the node's own in this mode.
      const isOutside = ({ src }: Packet) =>
        !isLocal(src) && !own.servicePorts.some((port) => port.loadBalancerVips.includes(src));
      for (const sent of packets.filter(isOutside)) {
        const entered = own.servicePorts.find(
          (port) => port.protocol === sent.protocol && entryOf(own, port, sent) !== undefined,
        );
        if (entered === undefined) continue;
        // Source ranges are asked before endpoints are.
        const isKeptOut = isFor(entered, sent, entered.loadBalancerVips) && !mayEnter(entered, sent);
        compared += 1;
        const expected = promised(own, sent);
        const isHairpin = entered.endpoints.some(({ ip: address }) => address === sent.src);
        const { masquerade, ...got } = answered(own, sent, ipvsProxy);
        expect(got, JSON.stringify(sent)).toEqual({
          verdict: isKeptOut ? 'drop' : expected.verdict,
          backends: expected.backends,
        });
        // A pod that calls itself is on this node in truth, which these need not be.
        if (!isHairpin) expect(masquerade, JSON.stringify(sent)).toBe(expected.masquerade);
      }
    }),
    { numRuns: 600 },
  );
  expect(compared).toBeGreaterThan(50);
});

test('the order in which Services come changes nothing', () => {
  fc.assert(
    fc.property(input, packet, (asked, sent) => {
      const turned = { ...asked, servicePorts: asked.servicePorts.toReversed() };
      expect(answered(turned, sent)).toEqual(answered(asked, sent));
    }),
    { numRuns: 100 },
  );
});

const NODES = [
  node(),
  node({ name: 'node-b', addresses: NODE_ADDRESSES, podCidrs: [cidr('10.2.0.0/24')] }),
  node({ name: 'node-c', labels: new Map([['topology.kubernetes.io/zone', 'z1']]) }),
  node({ name: 'node-d', addresses: [ip('203.0.113.7')], podCidrs: [cidr('10.4.0.0/24')] }),
];

test('rules that alike nodes share are those that each would have alone', () => {
  const print = (asked: ProxyInput) => printIptablesSave(composeRuleset(4, [iptablesProxy.compile(asked)]));
  const detectors = fc.constantFrom('ClusterCIDR' as const, 'NodeCIDR' as const);
  fc.assert(
    fc.property(input, detectors, (asked, detectLocal) => {
      const profile = { ...asked.profile, detectLocal };
      for (const each of NODES) {
        const shared = { ...asked, profile, node: each };
        expect(print(shared)).toBe(print({ ...shared, servicePorts: [...asked.servicePorts] }));
      }
    }),
    { numRuns: 60 },
  );
});
