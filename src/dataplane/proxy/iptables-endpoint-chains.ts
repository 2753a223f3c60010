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
  /** The names of the endpoints' chains, in the order of the endpoints. */
  names(): readonly string[];
}

interface Choice {
  readonly endpoint: Endpoint;
  readonly name: string;
  readonly chain: Chain;
}

/** Masquerade for the cluster address; then the endpoint that served the client before; else one by chance. */
export function balancingContent(balancing: Balancing): ChainContent {
  const { plan, endpoints, isInternal } = balancing;
  const sticky = plan.port.sessionAffinitySeconds !== undefined;
  const names = balancing.names();
  const chosen = endpoints.map((endpoint, index): Choice => {
    const name = names[index] as string;
    return { endpoint, name, chain: endpointChain(balancing, endpoint, name) };
  });
  return {
    rules: [
      ...(isInternal ? internalMasquerade(balancing) : []),
      ...(sticky ? chosen.map((choice) => affinityRule(balancing, choice)) : []),
      ...chosen.map((choice, index) => chanceRule(balancing, choice, endpoints.length - index)),
    ],
    subchains: new Map(chosen.map(({ name, chain }) => [name, chain])),
  };
}

/** An endpoint that calls itself through the Service is masqueraded, or it would answer itself directly. */
function endpointChain({ plan: { port }, context }: Balancing, endpoint: Endpoint, name: string): Chain {
  const comment = context.isLargeCluster ? undefined : port.key;
  const origin = endpointOrigin(port, endpoint);
  const protocol: Match = { kind: 'protocol', protocol: port.protocol };
  const isSticky = port.sessionAffinitySeconds !== undefined;
  return {
    name,
    rules: [
      { matches: [{ kind: 'source', cidr: hostCidr(endpoint.ip) }], target: MARK_MASQ, comment, origin },
      {
        matches: isSticky ? [{ kind: 'recent', action: 'set', list: name }, protocol] : [protocol],
        target: { kind: 'dnat', ip: endpoint.ip, port: endpoint.port },
        comment,
        origin,
      },
    ],
  };
}

/** KUBE-SVC and KUBE-SVL share an endpoint's chain. */
export function endpointChainName({ key, protocol }: ServicePort, endpoint: Endpoint): string {
  return iptablesEndpointChain(key, protocol, addressOf(endpoint));
}

/** Packets to the cluster address that do not come from a pod may cross nodes, so they are masqueraded. */
function internalMasquerade({ plan, context }: Balancing): readonly Rule[] {
  const { port, clusterIp } = plan;
  const who = context.masqueradeAll ? [] : context.detector?.isNotPod;
  if (who === undefined) return [];
  const matches = toPort(port.protocol, port.port, clusterIp).concat(who);
  return [{ matches, target: MARK_MASQ, comment: `${port.key} cluster IP`, origin: portField(port) }];
}

function affinityRule(balancing: Balancing, choice: Choice): Rule {
  const { port } = balancing.plan;
  const seconds = port.sessionAffinitySeconds;
  const check: Match = {
    kind: 'recent',
    action: 'check',
    list: choice.name,
    ...(seconds === undefined ? {} : { seconds }),
  };
  const rule = endpointRule(balancing, choice, [check]);
  return { ...rule, origin: [...serviceField(port, 'spec', 'sessionAffinity'), ...rule.origin] };
}

/** The last endpoint takes all that is left. */
function chanceRule(balancing: Balancing, choice: Choice, oneIn: number): Rule {
  return endpointRule(balancing, choice, oneIn > 1 ? [{ kind: 'statistic', oneIn }] : []);
}

function endpointRule(
  { plan, context }: Balancing,
  { endpoint, name }: Choice,
  matches: readonly Match[],
): Rule {
  return {
    matches,
    target: { kind: 'jump', chain: name },
    comment: context.isLargeCluster ? undefined : `${plan.port.key} -> ${addressOf(endpoint)}`,
    origin: endpointOrigin(plan.port, endpoint),
  };
}

function addressOf(endpoint: Endpoint): string {
  return printSocketAddress(endpoint.ip, endpoint.port);
}

function endpointOrigin(port: ServicePort, endpoint: Endpoint): readonly SourceRef[] {
  return endpoint.origin === undefined ? portField(port) : [...portField(port), endpoint.origin];
}
