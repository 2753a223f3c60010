/**
 * kube-proxy's iptables mode: Services as rules of the nat and filter tables.
 *
 *   nat     PREROUTING, OUTPUT › KUBE-SERVICES › (KUBE-FW) › KUBE-EXT › KUBE-SVC, KUBE-SVL › KUBE-SEP: DNAT
 *                                              › KUBE-NODEPORTS › KUBE-EXT …
 *           POSTROUTING › KUBE-POSTROUTING: masquerade of what KUBE-MARK-MASQ marked
 *   filter  what nat left as it was: REJECT without endpoints, DROP without local ones or by source ranges
 *
 * Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go.
 */

import { once } from '../../collections/once.ts';
import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, ChainContent, Rule, RulesetPart, TableName } from '../../netfilter/ruleset.ts';
import type { ProxyInput, ServiceProxy } from '../service-proxy.ts';
import { nodePortLikeness, onceForAlikeNodes } from './alike-nodes.ts';
import { contextOf, masqueradeMark } from './iptables-context.ts';
import {
  filterExternalServices,
  filterFirewall,
  filterHealthChecks,
  filterServices,
  natNodePorts,
  natServices,
  withChains,
} from './iptables-entries.ts';
import { filterFixedChains, natFixedChains, topLevelJumps } from './iptables-fixed-chains.ts';
import { planServices, type ServicePlan } from './service-plan.ts';

/** Nothing is computed before a chain is walked or printed, and then once for all nodes that are alike. */
export const iptablesProxy: ServiceProxy = {
  mode: 'iptables',
  compile(input: ProxyInput): RulesetPart {
    const mark = masqueradeMark(input);
    const contents = once(() => contentsFor(input));
    const chain = (name: string, content: keyof ServiceContents): Chain =>
      lazyChain(name, () => contents()[content]());
    return {
      chains: [
        ...inTable('nat', [
          chain('KUBE-SERVICES', 'natServices'),
          chain('KUBE-NODEPORTS', 'natNodePorts'),
          ...natFixedChains(mark),
        ]),
        ...inTable('filter', [
          chain('KUBE-SERVICES', 'filterServices'),
          chain('KUBE-EXTERNAL-SERVICES', 'filterExternalServices'),
          chain('KUBE-NODEPORTS', 'filterHealthChecks'),
          chain('KUBE-PROXY-FIREWALL', 'filterFirewall'),
          ...filterFixedChains(mark, input),
        ]),
      ],
      base: topLevelJumps(input.family),
    };
  },
};

/** The chains that depend on Services; each is computed when it is first asked for. */
function serviceContents(input: ProxyInput) {
  const plans = once(() => planServices(input));
  const services = once(() => withChains(plans(), contextOf(input)));
  const fromPlans = (rules: (plans: readonly ServicePlan[]) => readonly Rule[]) =>
    once((): ChainContent => ({ rules: rules(plans()) }));
  return {
    natServices: once(() => natServices(services(), input)),
    natNodePorts: once(() => natNodePorts(services(), input)),
    filterServices: fromPlans(filterServices),
    filterExternalServices: fromPlans(filterExternalServices),
    filterHealthChecks: fromPlans(filterHealthChecks),
    filterFirewall: fromPlans(filterFirewall),
  };
}

const contentsFor = onceForAlikeNodes(serviceContents, nodePortLikeness);

type ServiceContents = ReturnType<typeof serviceContents>;

function inTable(table: TableName, chains: readonly Chain[]): RulesetPart['chains'] {
  return chains.map((chain) => ({ table, chain }));
}
