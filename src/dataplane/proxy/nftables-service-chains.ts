/**
 * The chains of one Service port in nftables mode: source ranges (firewall-), entry from outside
 * (external-), the choice of an endpoint (service-, local-), and the endpoints (endpoint-).
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go syncProxyRules, writeServiceToEndpointRules.
 */

import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { cidrContains, hostCidr } from '../../net/cidr.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, ChainContent, Match, Rule } from '../../netfilter/ruleset.ts';
import type { NamedSet } from '../../netfilter/sets.ts';
import type { SourceRef } from '../../source/ref.ts';
import type { LocalDetector } from './local-detector.ts';
import { endpointName, MARK, type ServiceChain, serviceChainName, toChain } from './nftables-names.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** The node's setting; undefined parts are not configured. */
export interface NftablesContext {
  readonly family: IpFamily;
  readonly detector: LocalDetector | undefined;
  readonly masqueradeAll: boolean;
  readonly nodeIp: Ip | undefined;
}

const FROM_NODE: Match = { kind: 'address-type', side: 'src' };

/** The chains of a Service port that are in use, by name; their rules are computed when they are walked. */
export function serviceChains(plan: ServicePlan, context: NftablesContext): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  const add = (kind: ServiceChain, build: () => ChainContent): void => {
    const name = serviceChainName(kind, plan.port);
    chains.set(name, lazyChain(name, build));
  };
  if (plan.cluster.length > 0) add('service', () => balancing(plan, context, 'service'));
  if (plan.local.length > 0) add('local', () => balancing(plan, context, 'local'));
  if (plan.takesExternal) add('external', () => ({ rules: externalRules(plan, context), subchains: chains }));
  if (hasFirewall(plan)) add('firewall', () => ({ rules: [firewallRule(plan, context)] }));
  return chains;
}

/** Are the load balancer's addresses open to some sources only? (With or without endpoints.) */
export function hasFirewall({ vips, sourceRanges }: ServicePlan): boolean {
  return vips.length > 0 && sourceRanges.length > 0;
}

/** Where the cluster address leads; undefined when this node has no endpoint for it. */
export function internalChain(plan: ServicePlan): 'service' | 'local' | undefined {
  if (!plan.hasInternal) return undefined;
  return plan.internalLocal ? 'local' : 'service';
}

/** Masquerade for the cluster address; then the endpoint that served the client before; else one by chance. */
function balancing(plan: ServicePlan, context: NftablesContext, kind: 'service' | 'local'): ChainContent {
  const { port } = plan;
  const endpoints = kind === 'service' ? plan.cluster : plan.local;
  const chains = endpoints.map((endpoint) => endpointChain(port, endpoint, context));
  const names = chains.map(({ name }) => name);
  // The replicas of a workload share its manifest.
  const origin = [
    ...new Set([...portField(port), ...endpoints.flatMap((endpoint) => endpoint.origin ?? [])]),
  ];
  return {
    rules: [
      ...(kind === internalChain(plan) ? internalMasquerade(plan, context) : []),
      ...(port.sessionAffinitySeconds === undefined
        ? []
        : endpoints.map((endpoint) => affinityRule(port, endpoint))),
      { matches: [], target: { kind: 'spread', chains: names }, origin },
    ],
    subchains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}

/** Packets to the cluster address that do not come from a pod may cross nodes, so they are masqueraded. */
function internalMasquerade({ port, clusterIp }: ServicePlan, context: NftablesContext): readonly Rule[] {
  const who = context.masqueradeAll ? [] : context.detector?.isNotPod;
  if (who === undefined) return [];
  const matches: readonly Match[] = [{ kind: 'destination', cidr: hostCidr(clusterIp) }];
  return [{ matches: matches.concat(who), target: MARK, origin: portField(port) }];
}

function affinityRule(port: ServicePort, endpoint: Endpoint): Rule {
  const check: Match = { kind: 'recent', action: 'check', list: endpointName('affinity', port, endpoint) };
  return {
    matches: [check],
    target: { kind: 'goto', chain: endpointName('endpoint', port, endpoint) },
    origin: [...serviceField(port, 'spec', 'sessionAffinity'), ...endpointOrigin(port, endpoint)],
  };
}

/** An endpoint that calls itself through the Service is masqueraded, or it would answer itself directly. */
function endpointChain(port: ServicePort, endpoint: Endpoint, { family }: NftablesContext): Chain {
  const origin = endpointOrigin(port, endpoint);
  const sets = affinitySet(port, endpoint, family);
  const remember = sets.map(
    ({ name: list }): Rule => ({
      matches: [{ kind: 'recent', action: 'set', list }],
      origin: serviceField(port, 'spec', 'sessionAffinity'),
    }),
  );
  const fromItself: Rule = {
    matches: [{ kind: 'source', cidr: hostCidr(endpoint.ip) }],
    target: MARK,
    origin,
  };
  const dnat: Rule = {
    matches: [{ kind: 'protocol', protocol: port.protocol }],
    target: { kind: 'dnat', ip: endpoint.ip, port: endpoint.port },
    origin,
  };
  return {
    name: endpointName('endpoint', port, endpoint),
    rules: [fromItself, ...remember, dnat],
    sets,
  };
}

/** The clients that an endpoint keeps; none without session affinity. */
function affinitySet(port: ServicePort, endpoint: Endpoint, family: IpFamily): readonly NamedSet[] {
  const timeout = port.sessionAffinitySeconds;
  if (timeout === undefined) return [];
  return [
    {
      name: endpointName('affinity', port, endpoint),
      type: addressType(family),
      flags: ['dynamic', 'timeout'],
      timeout,
      elements: new Map(),
    },
  ];
}

/** nftables' word for an address of the family. */
export function addressType(family: IpFamily): 'ipv4_addr' | 'ipv6_addr' {
  return family === 4 ? 'ipv4_addr' : 'ipv6_addr';
}

/** Sources outside the ranges are dropped, before any translation. */
function firewallRule({ port, sourceRanges, vips }: ServicePlan, { nodeIp }: NftablesContext): Rule {
  // A node inside the ranges may have the address on an interface of its own: then that is its source.
  const isNodeAllowed = nodeIp !== undefined && sourceRanges.some((range) => cidrContains(range, nodeIp));
  const cidrs = [...sourceRanges, ...(isNodeAllowed ? vips.map(hostCidr) : [])];
  return {
    matches: [{ kind: 'address-in', side: 'src', cidrs, not: true }],
    target: { kind: 'drop' },
    origin: serviceField(port, 'spec', 'loadBalancerSourceRanges'),
  };
}

/** Traffic from outside: masqueraded as a rule, kept as it is for endpoints on this node. */
function externalRules(plan: ServicePlan, { detector }: NftablesContext): readonly Rule[] {
  const { port, externalLocal } = plan;
  const origin = serviceField(port, 'spec', 'externalTrafficPolicy');
  const rules: Rule[] = [];
  const add = (rule: Omit<Rule, 'origin'>): void => void rules.push({ ...rule, origin });
  if (externalLocal) {
    const target = toChain('service', port);
    // Pods and the node itself are served as if a load balancer elsewhere had chosen the node.
    if (detector !== undefined)
      add({ matches: [detector.isPod], target, comment: 'short-circuit pod traffic' });
    add({ matches: [FROM_NODE], target: MARK, comment: 'masquerade local traffic' });
    add({ matches: [FROM_NODE], target, comment: 'short-circuit local traffic' });
  } else {
    add({ matches: [], target: MARK });
  }
  if (plan.hasExternal) add({ matches: [], target: toChain(externalLocal ? 'local' : 'service', port) });
  return rules;
}

function endpointOrigin(port: ServicePort, endpoint: Endpoint): readonly SourceRef[] {
  return endpoint.origin === undefined ? portField(port) : [...portField(port), endpoint.origin];
}
