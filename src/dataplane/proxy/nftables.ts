/**
 * kube-proxy's nftables mode: Services as verdict maps of a table of its own, `kube-proxy`.
 *
 *   prerouting, output (-110)   firewall-check: load balancer addresses by source ranges
 *   prerouting, output (nat)    services › @service-ips, @service-nodeports › (external-) › service-, local- ›
 *                               endpoint-: dnat
 *   input, forward, output      service-endpoints-check, nodeport-endpoints-check: what leads nowhere;
 *                               cluster-ips-check: what no Service port has
 *   postrouting (nat)           masquerading of what mark-for-masquerade marked
 *
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go.
 */

import { once } from '../../collections/once.ts';
import { isLoopback } from '../../net/ip.ts';
import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, ChainContent, Match, Rule, RulesetPart, Table } from '../../netfilter/ruleset.ts';
import { type NamedSet, setKey } from '../../netfilter/sets.ts';
import type { ProxyInput, ServiceProxy } from '../service-proxy.ts';
import { onceForAlikeNodes } from './alike-nodes.ts';
import { masqueradeMark } from './iptables-context.ts';
import { localDetectorOf } from './local-detector.ts';
import { type ServiceElements, serviceElements } from './nftables-elements.ts';
import { baseChains } from './nftables-layout.ts';
import { NODE_PORT_KEY, SERVICE_KEY } from './nftables-names.ts';
import { addressType, type NftablesContext, serviceChains } from './nftables-service-chains.ts';
import { LOOPBACK, nodePortAddressesOf } from './node-port-addresses.ts';
import { planServices } from './service-plan.ts';

/** Nothing is computed before a chain is walked or printed, and then once for all nodes that are alike. */
export const nftablesProxy: ServiceProxy = {
  mode: 'nftables',
  compile(input: ProxyInput): RulesetPart {
    const chains = [...fixedChains(input), ...serviceDispatch(input), ...baseChains(input.kubernetes)];
    const table: Table = {
      name: 'kube-proxy',
      syntax: 'nftables',
      comment: 'rules for kube-proxy',
      chains: new Map(chains.map((chain) => [chain.name, chain])),
    };
    return { chains: [], base: [], tables: [table] };
  },
};

/** What depends on Services; it is computed when it is first asked for. */
const contentsFor = onceForAlikeNodes((input: ProxyInput) => {
  const plans = once(() => planServices(input));
  const elements = once(() => serviceElements(plans(), input.family));
  const chains = once(() => unionOf(plans().map((plan) => serviceChains(plan, contextOf(input)))));
  return { elements, chains };
});

/** The chains that look an address or port up. */
function serviceDispatch(input: ProxyInput): readonly Chain[] {
  const contents = once(() => contentsFor(input));
  const chain = (name: string, rules: (elements: ServiceElements) => readonly Rule[]): Chain =>
    lazyChain(name, (): ChainContent => {
      const { elements, chains } = contents();
      return { rules: rules(elements()), subchains: chains() };
    });
  const atNodePorts = nodePortMatches(input);
  return [
    chain('services', ({ serviceIps, serviceNodePorts }) => [
      { matches: [], target: { kind: 'vmap', key: SERVICE_KEY, map: serviceIps }, origin: [] },
      {
        matches: atNodePorts.local,
        target: { kind: 'vmap', key: NODE_PORT_KEY, map: serviceNodePorts },
        origin: [],
      },
    ]),
    chain('service-endpoints-check', ({ noEndpointServices: map }) => [
      { matches: [], target: { kind: 'vmap', key: SERVICE_KEY, map }, origin: [] },
    ]),
    chain('nodeport-endpoints-check', ({ noEndpointNodePorts: map }) => [
      { matches: atNodePorts.delivered, target: { kind: 'vmap', key: NODE_PORT_KEY, map }, origin: [] },
    ]),
    chain('firewall-check', ({ firewallIps: map }) => [
      { matches: [], target: { kind: 'vmap', key: SERVICE_KEY, map }, origin: [] },
    ]),
    chain('cluster-ips-check', ({ clusterIps }) => clusterIpsCheck(input, clusterIps)),
  ];
}

/** The port or protocol of a cluster address that no Service has; an address that no Service has. */
function clusterIpsCheck({ serviceCidrs, family }: ProxyInput, clusterIps: NamedSet): readonly Rule[] {
  const cidrs = serviceCidrs.filter((range) => range.family === family);
  const wrongPort: Rule = {
    matches: [{ kind: 'set', set: clusterIps, key: ['destination'] }],
    target: { kind: 'reject' },
    comment: 'Reject traffic to invalid ports of ClusterIPs',
    origin: [],
  };
  const wrongAddress: Rule = {
    matches: [{ kind: 'address-in', side: 'dst', cidrs }],
    target: { kind: 'drop' },
    comment: 'Drop traffic to unallocated ClusterIPs',
    origin: [],
  };
  return cidrs.length === 0 ? [wrongPort] : [wrongPort, wrongAddress];
}

/** What a packet to a node port must be for: before it is delivered (`local`), and when it is. */
function nodePortMatches(input: ProxyInput): {
  readonly local: readonly Match[];
  readonly delivered: readonly Match[];
} {
  const { family } = input;
  const addresses = nodePortAddressesOf(input, 'primary');
  if (addresses === 'all') {
    const notLoopback: Match = { kind: 'destination', cidr: LOOPBACK[family].range, not: true };
    return { local: [{ kind: 'address-type', side: 'dst' }, notLoopback], delivered: [notLoopback] };
  }
  const set: NamedSet = {
    name: 'nodeport-ips',
    type: addressType(family),
    comment: 'IPs that accept NodePort traffic',
    elements: new Map(
      addresses.filter((ip) => !isLoopback(ip)).map((ip) => [setKey(ip), { origin: [] }] as const),
    ),
  };
  const matches: readonly Match[] = [{ kind: 'set', set, key: ['destination'] }];
  return { local: matches, delivered: matches };
}

/** The chains that every node has, whatever Services there are. */
function fixedChains(input: ProxyInput): readonly Chain[] {
  const mark = masqueradeMark(input);
  const chain = (name: string, rules: readonly Omit<Rule, 'origin'>[]): Chain => ({
    name,
    rules: rules.map((rule) => ({ ...rule, origin: [] })),
  });
  return [
    chain('mark-for-masquerade', [{ matches: [], target: { kind: 'mark-or', bits: mark } }]),
    chain('masquerading', [
      { matches: [{ kind: 'mark', value: mark, mask: mark, not: true }], target: { kind: 'return' } },
      { matches: [], target: { kind: 'mark-xor', bits: mark } },
      { matches: [], target: { kind: 'masquerade', randomFully: true } },
    ]),
    {
      ...chain('reject-chain', [{ matches: [], target: { kind: 'reject' } }]),
      comment: 'helper for @no-endpoint-services / @no-endpoint-nodeports',
    },
  ];
}

function contextOf(input: ProxyInput): NftablesContext {
  const { family, node, profile } = input;
  return {
    family,
    detector: localDetectorOf(input),
    masqueradeAll: profile.masqueradeAll,
    nodeIp: node.primaryAddresses.find((ip) => ip.family === family),
  };
}

function unionOf(maps: readonly ReadonlyMap<string, Chain>[]): ReadonlyMap<string, Chain> {
  return new Map(maps.flatMap((chains) => [...chains]));
}
