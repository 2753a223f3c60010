/**
 * The choice of an endpoint (KUBE-SVC, KUBE-SVL) and the endpoint (KUBE-SEP).
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go writeServiceToEndpointRules, syncProxyRules.
 */

import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import { hostCidr } from '../../net/cidr.ts';
import { printSocketAddress } from '../../net/ip.ts';
import type { Chain, ChainContent, Match, Rule } from '../../netfilter/ruleset.ts';
import type { SourceRef } from '../../source/ref.ts';
import { iptablesEndpointChain } from './chain-names.ts';
import { type IptablesContext, MARK_MASQ, toPort } from './iptables-context.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** One chain of choice. */
export interface Balancing {
  readonly plan: ServicePlan;
  readonly context: IptablesContext;
  readonly endpoints: readonly Endpoint[];
  /** Does the cluster address lead here? */
  readonly isInternal: boolean;
  /** The chain of an endpoint; KUBE-SVC and KUBE-SVL share it. */
  chainOf(endpoint: Endpoint): Chain;
}

/** Masquerade for the cluster address; then the endpoint that served the client before; else one by chance. */
export function balancingContent(balancing: Balancing): ChainContent {
  const { plan, endpoints, isInternal, chainOf } = balancing;
  const sticky = plan.port.sessionAffinitySeconds !== undefined;
  const chains = endpoints.map((endpoint) => chainOf(endpoint));
  return {
    rules: [
      ...(isInternal ? internalMasquerade(balancing) : []),
      ...(sticky ? endpoints.map((endpoint) => affinityRule(balancing, endpoint)) : []),
      ...endpoints.map((endpoint, index) => chanceRule(balancing, endpoint, endpoints.length - index)),
    ],
    subchains: new Map(chains.map((chain) => [chain.name, chain])),
  };
}

/** An endpoint that calls itself through the Service is masqueraded, or it would answer itself directly. */
export function endpointChain(port: ServicePort, endpoint: Endpoint, context: IptablesContext): Chain {
  const name = iptablesEndpointChain(port.key, port.protocol, addressOf(endpoint));
  const about = { ...commentUnlessLarge(context, port.key), origin: endpointOrigin(port, endpoint) };
  const remember: readonly Match[] =
    port.sessionAffinitySeconds === undefined ? [] : [{ kind: 'recent', action: 'set', list: name }];
  return {
    name,
    rules: [
      { matches: [{ kind: 'source', cidr: hostCidr(endpoint.ip) }], target: MARK_MASQ, ...about },
      {
        matches: [...remember, { kind: 'protocol', protocol: port.protocol }],
        target: { kind: 'dnat', ip: endpoint.ip, port: endpoint.port },
        ...about,
      },
    ],
  };
}

/** Packets to the cluster address that do not come from a pod may cross nodes, so they are masqueraded. */
function internalMasquerade({ plan, context }: Balancing): readonly Rule[] {
  const { port, clusterIp } = plan;
  const who = context.masqueradeAll ? [] : context.detector?.isNotPod;
  if (who === undefined) return [];
  const matches = toPort(port.protocol, port.port, clusterIp).concat(who);
  return [{ matches, target: MARK_MASQ, comment: `${port.key} cluster IP`, origin: portField(port) }];
}

function affinityRule(balancing: Balancing, endpoint: Endpoint): Rule {
  const { port } = balancing.plan;
  const { name } = balancing.chainOf(endpoint);
  const seconds = port.sessionAffinitySeconds;
  const check: Match = {
    kind: 'recent',
    action: 'check',
    list: name,
    ...(seconds === undefined ? {} : { seconds }),
  };
  const rule = endpointRule(balancing, endpoint, [check]);
  return { ...rule, origin: [...serviceField(port, 'spec', 'sessionAffinity'), ...rule.origin] };
}

/** The last endpoint takes all that is left. */
function chanceRule(balancing: Balancing, endpoint: Endpoint, oneIn: number): Rule {
  return endpointRule(balancing, endpoint, oneIn > 1 ? [{ kind: 'statistic', oneIn }] : []);
}

function endpointRule(
  { plan, context, chainOf }: Balancing,
  endpoint: Endpoint,
  matches: readonly Match[],
): Rule {
  return {
    matches,
    target: { kind: 'jump', chain: chainOf(endpoint).name },
    ...commentUnlessLarge(context, `${plan.port.key} -> ${addressOf(endpoint)}`),
    origin: endpointOrigin(plan.port, endpoint),
  };
}

function commentUnlessLarge(context: IptablesContext, comment: string): { readonly comment?: string } {
  return context.isLargeCluster ? {} : { comment };
}

function addressOf(endpoint: Endpoint): string {
  return printSocketAddress(endpoint.ip, endpoint.port);
}

function endpointOrigin(port: ServicePort, endpoint: Endpoint): readonly SourceRef[] {
  return endpoint.origin === undefined ? portField(port) : [...portField(port), endpoint.origin];
}
