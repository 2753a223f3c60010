/** The rules of kube-proxy's iptables mode as lines of text, for the Service port shop/api:http. */

import type { ServicePort } from '../../../src/control/service-port.ts';
import { iptablesEndpointChain, iptablesServiceHash } from '../../../src/dataplane/proxy/chain-names.ts';
import { iptablesProxy } from '../../../src/dataplane/proxy/iptables.ts';
import type { ProxyInput } from '../../../src/dataplane/service-proxy.ts';
import { chainsOf, tableOf } from '../../../src/netfilter/chains.ts';
import { composeRuleset } from '../../../src/netfilter/compose.ts';
import { printIptablesRule } from '../../../src/netfilter/print-iptables.ts';
import type { Chain, TableName } from '../../../src/netfilter/ruleset.ts';
import { cidr, endpoint, ip, node, type PortFacts, proxyProfile, servicePort } from './service-ports.ts';

const KEY = 'shop/api:http';
const HASH = iptablesServiceHash(KEY, 'tcp');
export const SVC = `KUBE-SVC-${HASH}`;
export const SVL = `KUBE-SVL-${HASH}`;
export const EXT = `KUBE-EXT-${HASH}`;
export const FW = `KUBE-FW-${HASH}`;
export const MARK = '-j KUBE-MARK-MASQ';
export const TO_CLUSTER_IP = '-m tcp -p tcp -d 172.30.0.41 --dport 80';
export const ONE = [endpoint('10.1.0.1:8080')];
/** Facts of an endpoint on the node. */
export const here = { node: 'node-a' };

/** The chain of an endpoint of the Service port. */
export function sep(address: string): string {
  return iptablesEndpointChain(KEY, 'tcp', address);
}

/** The tail of KUBE-SERVICES. */
export function nodePorts(where: string): string {
  const comment = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain';
  return `-m comment --comment "${comment}" ${where} -j KUBE-NODEPORTS`;
}

/** The Service port, with cluster addresses 172.30.0.41 and fd00:10::41. */
export function api(facts: PortFacts = {}): ServicePort {
  return servicePort(KEY, { clusterIps: [ip('172.30.0.41'), ip('fd00:10::41')], endpoints: ONE, ...facts });
}

/** What kube-proxy gets on a node where pods are 10.0.0.0/8 and fd01::/64. */
export function proxyInput(
  servicePorts: readonly ServicePort[],
  facts: Partial<ProxyInput> = {},
): ProxyInput {
  return {
    node: node(),
    family: 4,
    profile: proxyProfile(),
    kubernetes: '1.35',
    serviceCidrs: [],
    clusterCidrs: [cidr('10.0.0.0/8'), cidr('fd01::/64')],
    servicePorts,
    ...facts,
  };
}

/** Every chain of a table. */
export function chains(
  table: TableName,
  ports: readonly ServicePort[],
  facts: Partial<ProxyInput> = {},
): readonly Chain[] {
  const input = proxyInput(ports, facts);
  const found = tableOf(composeRuleset(input.family, [iptablesProxy.compile(input)]), table);
  if (found === undefined) throw new Error(`no table ${table}`);
  return chainsOf(found);
}

/** The rules of one chain, without `-A CHAIN`; undefined when there is no such chain. */
export function lines(
  [table, name]: readonly [TableName, string],
  ports: readonly ServicePort[],
  facts: Partial<ProxyInput> = {},
): readonly string[] | undefined {
  const chain = chains(table, ports, facts).find((each) => each.name === name);
  return chain?.rules.map((rule) => printIptablesRule('', rule, facts.family ?? 4).slice('-A  '.length));
}

/** Names of the chains of Services and endpoints. */
export function serviceChains(ports: readonly ServicePort[]): readonly string[] {
  const names = chains('nat', ports).map(({ name }) => name);
  return names.filter((name) => /^KUBE-(SVC|SVL|EXT|FW|SEP)-/.test(name));
}
