/**
 * kube-proxy's IPVS mode: each address and port of a Service is a virtual server of the kernel. A device of
 * its own, kube-ipvs0, makes the addresses the node's, so that packets come to input, where virtual servers
 * are; iptables rules, which ask ipsets, masquerade and filter.
 *
 *   nat     PREROUTING, OUTPUT › KUBE-SERVICES › KUBE-LOAD-BALANCER, KUBE-NODE-PORT: mark for masquerade
 *   filter  INPUT › KUBE-IPVS-FILTER: ports that no virtual server has; KUBE-PROXY-FIREWALL: source ranges
 *   ipvs    INPUT, OUTPUT: one of the endpoints, then OUTPUT and POSTROUTING (never FORWARD)
 *
 * Source: kubernetes/kubernetes:pkg/proxy/ipvs/proxier.go.
 */

import { once, onceFor } from '../../collections/once.ts';
import type { ServicePort } from '../../control/service-port.ts';
import { type Ip, type IpFamily, isLoopback } from '../../net/ip.ts';
import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, RulesetPart, TableName } from '../../netfilter/ruleset.ts';
import type { Device, InterfaceAddress } from '../network.ts';
import type { ProxyInput, ServiceProxy } from '../service-proxy.ts';
import { onceForAlikeNodes } from './alike-nodes.ts';
import { masqueradeMark } from './iptables-context.ts';
import {
  filterChains,
  type IpvsRulesContext,
  natChains,
  servicesChain,
  topLevelJumps,
} from './ipvs-chains.ts';
import { virtualServerAt, virtualServers } from './ipvs-servers.ts';
import { ipvsSets, isNodeAllowed, listSets } from './ipvs-sets.ts';
import { localDetectorOf } from './local-detector.ts';
import { nodePortAddressesOf } from './node-port-addresses.ts';
import { planServices } from './service-plan.ts';

const DEVICE = 'kube-ipvs0';
const NAT_CHAINS = [
  'KUBE-SERVICES',
  'KUBE-LOAD-BALANCER',
  'KUBE-NODE-PORT',
  'KUBE-POSTROUTING',
  'KUBE-MARK-MASQ',
];
const FILTER_CHAINS = [
  'KUBE-FORWARD',
  'KUBE-NODE-PORT',
  'KUBE-PROXY-FIREWALL',
  'KUBE-SOURCE-RANGES-FIREWALL',
  'KUBE-IPVS-FILTER',
  'KUBE-IPVS-OUT-FILTER',
];

/** Nothing is computed before a chain is walked or printed, or a virtual server is looked for. */
export const ipvsProxy: ServiceProxy = {
  mode: 'ipvs',
  compile(input: ProxyInput): RulesetPart {
    const bound = once(() => boundIps(input));
    const contents = once(() => contentsOf(input, bound()));
    const settings = once(() => ({
      scheduler: input.profile.scheduler,
      nodePortIps: nodePortIpsOf(input),
    }));
    const chains = (table: TableName, names: readonly string[]) =>
      names.map((name) => ({
        table,
        chain: named(name, () => contents()[table === 'nat' ? 'nat' : 'filter']),
      }));
    return {
      chains: [...chains('nat', NAT_CHAINS), ...chains('filter', FILTER_CHAINS)],
      base: topLevelJumps(),
      virtualServers: {
        get addresses() {
          return bound();
        },
        get servers() {
          return virtualServers(plansFor(input), settings());
        },
        at: (ip, protocol, port) => virtualServerAt(plansFor(input), settings(), { ip, protocol, port }),
        get sets() {
          return listSets(contents().sets);
        },
      },
    };
  },
  devices(inputs: readonly ProxyInput[]): readonly Device[] {
    const addresses = inputs.flatMap((input) => interfaceAddresses(boundIps(input)));
    return [{ name: DEVICE, addresses, mtu: 1500, link: { kind: 'dummy' } }];
  },
};

/** Of most nodes the same, so made once for each set. */
const interfaceAddresses = onceFor((bound: ReadonlySet<Ip>): readonly InterfaceAddress[] =>
  [...bound].map((ip) => ({ ip, length: ip.family === 4 ? 32 : 128 })),
);

function named(name: string, chains: () => readonly Chain[]): Chain {
  return lazyChain(name, () => ({ rules: chains().find((chain) => chain.name === name)?.rules ?? [] }));
}

/** The sets and virtual servers are the node's own; what they are made from is not. */
const plansFor = onceForAlikeNodes(planServices);

function contentsOf(input: ProxyInput, bound: ReadonlySet<Ip>) {
  const { family, node, profile } = input;
  const plans = plansFor(input);
  const nodePortIps = nodePortIpsOf(input);
  const nodeIp = node.primaryAddresses.find((ip) => ip.family === family);
  const sets = ipvsSets({
    family,
    plans,
    nodeName: node.name,
    nodeIp,
    nodePortIps,
    boundIps: bound,
  });
  const context: IpvsRulesContext = {
    family,
    mark: masqueradeMark(input),
    masqueradeAll: profile.masqueradeAll,
    detector: localDetectorOf(input),
    closedToNode: plans.filter((plan) => plan.sourceRanges.length > 0 && !isNodeAllowed(plan, nodeIp)),
  };
  return {
    sets,
    nat: [servicesChain(sets, context), ...natChains(sets, context)],
    filter: filterChains(sets, context),
  };
}

/** Cluster, external and load balancer addresses, unless another device of the node has them. */
function boundIps(input: ProxyInput): ReadonlySet<Ip> {
  const { clusterIps, outside, all } = serviceIps(input.servicePorts)[input.family];
  const own = localAddresses(input).filter((ip) => outside.has(ip) && !clusterIps.has(ip));
  if (own.length === 0) return all;
  const bound = new Set(all);
  for (const ip of own) bound.delete(ip);
  return bound;
}

interface ServiceIps {
  readonly clusterIps: ReadonlySet<Ip>;
  /** External and load balancer addresses. */
  readonly outside: ReadonlySet<Ip>;
  /** In the order of the Services. */
  readonly all: ReadonlySet<Ip>;
}

/** The addresses of Services that have a cluster address of the family. */
const serviceIps = onceFor((servicePorts: readonly ServicePort[]): Readonly<Record<IpFamily, ServiceIps>> => {
  const ofFamily = (family: IpFamily): ServiceIps => {
    const [clusterIps, outside, all] = [new Set<Ip>(), new Set<Ip>(), new Set<Ip>()];
    for (const port of servicePorts) {
      const clusterIp = port.clusterIps.find((ip) => ip.family === family);
      if (clusterIp === undefined) continue;
      clusterIps.add(clusterIp);
      all.add(clusterIp);
      for (const ip of [...port.externalIps, ...port.loadBalancerVips]) {
        if (ip.family !== family) continue;
        outside.add(ip);
        all.add(ip);
      }
    }
    return { clusterIps, outside, all };
  };
  return { 4: ofFamily(4), 6: ofFamily(6) };
});

/** Every local address, or those that are selected; never loopback. Source: proxier.go nodeIPs. */
function nodePortIpsOf(input: ProxyInput): readonly Ip[] {
  const selected = nodePortAddressesOf(input, 'all');
  return selected === 'all' ? localAddresses(input) : selected.filter((ip) => isOwn(ip, input.family));
}

/** Those of every device but kube-ipvs0. Source: netlink_linux.go GetAllLocalAddressesExcept, isValidForSet. */
function localAddresses({ node, localAddresses: known = node.addresses, family }: ProxyInput): readonly Ip[] {
  return [...new Set(known)].filter((ip) => isOwn(ip, family));
}

function isOwn(ip: Ip, family: IpFamily): boolean {
  return ip.family === family && !isLoopback(ip) && !ip.text.startsWith('fe80:');
}
