/**
 * Where packets enter: the rules that find the Service of an address and port, in nat for those with
 * endpoints, in filter for those without.
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go syncProxyRules.
 */

import { hostCidr } from '../../net/cidr.ts';
import { type Ip, isLoopback } from '../../net/ip.ts';
import type { Protocol } from '../../net/packet.ts';
import type { Chain, ChainContent, Match, Rule, Target } from '../../netfilter/ruleset.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { ProxyInput } from '../service-proxy.ts';
import {
  type IptablesContext,
  type ServiceChain,
  serviceChainName,
  toChain,
  toPort,
} from './iptables-context.ts';
import { hasFirewall, internalChain, serviceChains } from './iptables-service-chains.ts';
import { LOOPBACK, nodePortAddressesOf } from './node-port-addresses.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** A Service port's plan and its chains. */
export interface PlannedService {
  readonly plan: ServicePlan;
  readonly chains: ReadonlyMap<string, Chain>;
}

/** Plans with the chains that go with them. */
export function withChains(
  plans: readonly ServicePlan[],
  context: IptablesContext,
): readonly PlannedService[] {
  return plans.map((plan) => ({ plan, chains: serviceChains(plan, context) }));
}

/** nat KUBE-SERVICES: cluster, external and load balancer addresses, at last the node's own ones. */
export function natServices(services: readonly PlannedService[], input: ProxyInput): ChainContent {
  const rules = services.flatMap(({ plan }) => natEntries(plan));
  return { rules: [...rules, ...nodePortEntries(input)], subchains: unionOf(services) };
}

/** nat KUBE-NODEPORTS. Where the kernel counts, packets to loopback are counted before. */
export function natNodePorts(services: readonly PlannedService[], input: ProxyInput): ChainContent {
  const countsLoopback =
    input.countsPackets === true && input.family === 4 && input.profile.localhostNodePorts;
  const rules: Rule[] = [];
  for (const { plan } of services) {
    const { nodePort, protocol, key } = plan.port;
    if (nodePort === undefined || !plan.hasAny) continue;
    const rule = {
      target: toChain('EXT', plan.port),
      comment: key,
      origin: portField(plan.port, 'nodePort'),
    };
    if (countsLoopback) rules.push({ ...rule, matches: countedLoopback(protocol, nodePort) });
    rules.push({ ...rule, matches: toPort(protocol, nodePort) });
  }
  return { rules, subchains: unionOf(services) };
}

/** Source: kubernetes/kubernetes:pkg/proxy/metrics/metrics.go LocalhostNodePortAcceptedNFAcctCounter. */
function countedLoopback(protocol: Protocol, port: number): readonly Match[] {
  const [first, ...others] = toPort(protocol, port);
  return [
    ...(first === undefined ? [] : [first]),
    { kind: 'destination', cidr: LOOPBACK[4].range },
    ...others,
    { kind: 'nfacct', name: 'localhost_nps_accepted_pkts' },
  ];
}

/** filter KUBE-SERVICES: cluster addresses that lead nowhere. */
export function filterServices(plans: readonly ServicePlan[]): readonly Rule[] {
  return plans
    .filter((plan) => !plan.hasInternal)
    .map((plan) => {
      const { port } = plan;
      const policy = serviceField(port, 'spec', 'internalTrafficPolicy');
      const matches = toPort(port.protocol, port.port, plan.clusterIp);
      return deadEndRule(plan, matches, { entry: portField(port), policy });
    });
}

/** filter KUBE-EXTERNAL-SERVICES: entries from outside that lead nowhere, unless KUBE-EXT took the packet. */
export function filterExternalServices(plans: readonly ServicePlan[]): readonly Rule[] {
  return plans.filter((plan) => !plan.hasExternal).flatMap(externalDeadEnds);
}

/** filter KUBE-PROXY-FIREWALL: load balancer addresses that KUBE-FW let nobody through to. */
export function filterFirewall(plans: readonly ServicePlan[]): readonly Rule[] {
  return plans.filter(hasFirewall).flatMap(({ port, vips }) =>
    vips.map(
      (vip): Rule => ({
        matches: toPort(port.protocol, port.port, vip),
        target: { kind: 'drop' },
        comment: `${port.key} traffic not accepted by ${serviceChainName('FW', port)}`,
        origin: serviceField(port, 'spec', 'loadBalancerSourceRanges'),
      }),
    ),
  );
}

/** filter KUBE-NODEPORTS: the ports where kube-proxy tells load balancers of local endpoints. */
export function filterHealthChecks(plans: readonly ServicePlan[]): readonly Rule[] {
  return plans.flatMap(({ port }): readonly Rule[] => {
    if (port.healthCheckNodePort === undefined) return [];
    const matches = toPort('tcp', port.healthCheckNodePort);
    const comment = `${port.key} health check node port`;
    const origin = serviceField(port, 'spec', 'healthCheckNodePort');
    return [{ matches, target: { kind: 'accept' }, comment, origin }];
  });
}

function natEntries(plan: ServicePlan): readonly Rule[] {
  const { port } = plan;
  const entry = (address: Ip, to: ServiceChain, about: string, from: readonly SourceRef[]): Rule => ({
    matches: toPort(port.protocol, port.port, address),
    target: toChain(to, port),
    comment: `${port.key} ${about}`,
    origin: [...portField(port), ...from],
  });
  const internal = internalChain(plan);
  const inside = internal === undefined ? [] : [entry(plan.clusterIp, internal, 'cluster IP', [])];
  if (!plan.hasAny) return inside;
  const external = serviceField(port, 'spec', 'externalIPs');
  const balanced = serviceField(port, 'status', 'loadBalancer', 'ingress');
  const guard = hasFirewall(plan) ? 'FW' : 'EXT';
  return [
    ...inside,
    ...plan.externalIps.map((ip) => entry(ip, 'EXT', 'external IP', external)),
    ...plan.vips.map((ip) => entry(ip, guard, 'loadbalancer IP', balanced)),
  ];
}

/** The tail of KUBE-SERVICES: every local address, or those that nodePortAddresses selects. */
function nodePortEntries(input: ProxyInput): readonly Rule[] {
  const toNodePorts = (matches: readonly Match[]): Rule => ({
    matches,
    target: { kind: 'jump', chain: 'KUBE-NODEPORTS' },
    comment: 'kubernetes service nodeports; NOTE: this must be the last rule in this chain',
    origin: [],
  });
  const isLoopbackServed = input.family === 4 && input.profile.localhostNodePorts;
  const addresses = nodePortAddressesOf(input, 'all');
  if (addresses === 'all') {
    const notLoopback: readonly Match[] = isLoopbackServed
      ? []
      : [{ kind: 'destination', cidr: LOOPBACK[input.family].range, not: true }];
    return [toNodePorts([{ kind: 'address-type', side: 'dst' }, ...notLoopback])];
  }
  return addresses
    .filter((ip) => isLoopbackServed || !isLoopback(ip))
    .map((ip) => toNodePorts([{ kind: 'destination', cidr: hostCidr(ip) }]));
}

function externalDeadEnds(plan: ServicePlan): readonly Rule[] {
  const { port } = plan;
  const policy = serviceField(port, 'spec', 'externalTrafficPolicy');
  const rules = [...plan.externalIps, ...plan.vips].map((ip) =>
    deadEndRule(plan, toPort(port.protocol, port.port, ip), { entry: portField(port), policy }),
  );
  if (port.nodePort === undefined) return rules;
  const matches: readonly Match[] = [
    { kind: 'address-type', side: 'dst' },
    ...toPort(port.protocol, port.nodePort),
  ];
  return [...rules, deadEndRule(plan, matches, { entry: portField(port, 'nodePort'), policy })];
}

/** Refused where there is no endpoint at all; dropped where only this node has none for the policy. */
function deadEndRule(
  plan: ServicePlan,
  matches: readonly Match[],
  because: { readonly entry: readonly SourceRef[]; readonly policy: readonly SourceRef[] },
): Rule {
  const target: Target = { kind: plan.hasAny ? 'drop' : 'reject' };
  return {
    matches,
    target,
    comment: `${plan.port.key} has no ${plan.hasAny ? 'local ' : ''}endpoints`,
    verdictName: plan.hasAny ? 'no-local-endpoint' : 'no-endpoints',
    origin: plan.hasAny ? [...because.entry, ...because.policy] : because.entry,
  };
}

function unionOf(services: readonly PlannedService[]): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  for (const service of services) for (const chain of service.chains.values()) chains.set(chain.name, chain);
  return chains;
}
