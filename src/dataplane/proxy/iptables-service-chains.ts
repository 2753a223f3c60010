/**
 * The chains of one Service port: who may enter (KUBE-FW), what is masqueraded and which endpoints count
 * (KUBE-EXT), the choice of an endpoint (KUBE-SVC, KUBE-SVL).
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go syncProxyRules.
 */

import { once } from '../../collections/once.ts';
import type { Endpoint } from '../../control/service-port.ts';
import { cidrContains, hostCidr } from '../../net/cidr.ts';
import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, ChainContent, Match, Rule, Target } from '../../netfilter/ruleset.ts';
import {
  type IptablesContext,
  MARK_MASQ,
  type ServiceChain,
  serviceChainName,
  toChain,
} from './iptables-context.ts';
import { balancingContent, endpointChainName } from './iptables-endpoint-chains.ts';
import { type ServicePlan, serviceField } from './service-plan.ts';

const FROM_NODE: Match = { kind: 'address-type', side: 'src' };

/** The chains of a Service port that are in use, by name; their rules are computed when they are walked. */
export function serviceChains(plan: ServicePlan, context: IptablesContext): ReadonlyMap<string, Chain> {
  const chains = new Map<string, Chain>();
  const add = (kind: ServiceChain, build: () => ChainContent, leafNames?: () => readonly string[]): void => {
    const name = serviceChainName(kind, plan.port);
    chains.set(name, lazyChain(name, build, leafNames));
  };
  const addBalancing = (kind: 'SVC' | 'SVL', endpoints: readonly Endpoint[]): void => {
    if (endpoints.length === 0) return;
    const isInternal = kind === internalChain(plan);
    // A name is a hash, which is as dear as a rule.
    const names = once(() => endpoints.map((endpoint) => endpointChainName(plan.port, endpoint)));
    add(kind, () => balancingContent({ plan, context, endpoints, isInternal, names }), names);
  };
  if (hasFirewall(plan)) add('FW', () => ({ rules: firewallRules(plan, context), subchains: chains }));
  if (plan.takesExternal) add('EXT', () => ({ rules: externalRules(plan, context), subchains: chains }));
  addBalancing('SVC', plan.cluster);
  addBalancing('SVL', plan.local);
  return chains;
}

/** Are the load balancer's addresses open to some sources only? */
export function hasFirewall(plan: ServicePlan): boolean {
  return plan.hasAny && plan.vips.length > 0 && plan.sourceRanges.length > 0;
}

/** Where the cluster address leads; undefined when this node has no endpoint for it. */
export function internalChain(plan: ServicePlan): 'SVC' | 'SVL' | undefined {
  if (!plan.hasInternal) return undefined;
  return plan.internalLocal ? 'SVL' : 'SVC';
}

/** Sources outside the ranges reach the end of the chain; KUBE-PROXY-FIREWALL drops them. */
function firewallRules(plan: ServicePlan, { nodeIp }: IptablesContext): readonly Rule[] {
  const { port } = plan;
  const origin = serviceField(port, 'spec', 'loadBalancerSourceRanges');
  const comment = `${port.key} loadbalancer IP`;
  const target = toChain('EXT', port);
  // A node inside the ranges may have the address on an interface of its own: then that is its source.
  const isNodeAllowed =
    nodeIp !== undefined && plan.sourceRanges.some((range) => cidrContains(range, nodeIp));
  const sources = [...plan.sourceRanges, ...(isNodeAllowed ? plan.vips.map(hostCidr) : [])];
  return [
    ...sources.map((cidr): Rule => ({ matches: [{ kind: 'source', cidr }], target, comment, origin })),
    { matches: [], comment: `other traffic to ${port.key} will be dropped by KUBE-PROXY-FIREWALL`, origin },
  ];
}

/** Traffic from outside: masqueraded as a rule, kept as it is for endpoints on this node. */
function externalRules(plan: ServicePlan, { detector }: IptablesContext): readonly Rule[] {
  const { port, externalLocal } = plan;
  const origin = serviceField(port, 'spec', 'externalTrafficPolicy');
  const rules: Rule[] = [];
  const add = (about: string, matches: readonly Match[], target: Target): void => {
    rules.push({ matches, target, comment: `${about} ${port.key} external destinations`, origin });
  };
  if (externalLocal) {
    // Pods and the node itself are served as if a load balancer elsewhere had chosen the node.
    if (detector !== undefined) add('pod traffic for', [detector.isPod], toChain('SVC', port));
    add('masquerade LOCAL traffic for', [FROM_NODE], MARK_MASQ);
    add('route LOCAL traffic for', [FROM_NODE], toChain('SVC', port));
  } else {
    add('masquerade traffic for', [], MARK_MASQ);
  }
  if (plan.hasExternal) {
    rules.push({ matches: [], target: toChain(externalLocal ? 'SVL' : 'SVC', port), origin });
  }
  return rules;
}
