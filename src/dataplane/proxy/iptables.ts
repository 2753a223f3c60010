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

import { lazyChain } from '../../netfilter/chains.ts';
import type { Chain, Rule, RulesetPart, TableName } from '../../netfilter/ruleset.ts';
import type { ProxyInput, ServiceProxy } from '../service-proxy.ts';
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

/** Nothing is computed before a chain is walked or printed. */
export const iptablesProxy: ServiceProxy = {
  mode: 'iptables',
  compile(input: ProxyInput): RulesetPart {
    const mark = masqueradeMark(input);
    const plans = once(() => planServices(input));
    const services = once(() => withChains(plans(), contextOf(input)));
    const filterChain = (name: string, rules: (plans: readonly ServicePlan[]) => readonly Rule[]): Chain =>
      lazyChain(name, () => ({ rules: rules(plans()) }));
    return {
      chains: [
        ...inTable('nat', [
          lazyChain('KUBE-SERVICES', () => natServices(services(), input)),
          lazyChain('KUBE-NODEPORTS', () => natNodePorts(services())),
          ...natFixedChains(mark),
        ]),
        ...inTable('filter', [
          filterChain('KUBE-SERVICES', filterServices),
          filterChain('KUBE-EXTERNAL-SERVICES', filterExternalServices),
          filterChain('KUBE-NODEPORTS', filterHealthChecks),
          filterChain('KUBE-PROXY-FIREWALL', filterFirewall),
          ...filterFixedChains(mark, input.family),
        ]),
      ],
      base: topLevelJumps(),
    };
  },
};

function inTable(table: TableName, chains: readonly Chain[]): RulesetPart['chains'] {
  return chains.map((chain) => ({ table, chain }));
}

function once<Value>(compute: () => Value): () => Value {
  let known: { readonly value: Value } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
