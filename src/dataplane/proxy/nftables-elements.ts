/**
 * The maps and sets of the nftables mode: what address and port leads to which chain, and what leads
 * nowhere. Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go setupNFTables, syncProxyRules.
 */

import type { Ip, IpFamily } from '../../net/ip.ts';
import type { VerdictElement, VerdictMap } from '../../netfilter/ruleset.ts';
import type { NamedSet, SetElement } from '../../netfilter/sets.ts';
import { setKey } from '../../netfilter/sets.ts';
import type { SourceRef } from '../../source/ref.ts';
import { serviceChainName, toChain } from './nftables-names.ts';
import { addressType, hasFirewall, internalChain } from './nftables-service-chains.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

type Entry<Element> = readonly [key: string, element: Element];

export interface ServiceElements {
  readonly clusterIps: NamedSet;
  readonly serviceIps: VerdictMap;
  readonly serviceNodePorts: VerdictMap;
  readonly noEndpointServices: VerdictMap;
  readonly noEndpointNodePorts: VerdictMap;
  readonly firewallIps: VerdictMap;
}

/** The maps and sets of all Services. Of two Services with the same key the first one counts. */
export function serviceElements(plans: readonly ServicePlan[], family: IpFamily): ServiceElements {
  const map = (
    name: string,
    comment: string,
    entries: (plan: ServicePlan) => readonly Entry<VerdictElement>[],
  ) =>
    serviceMap({ name, comment, plans, type: `${addressType(family)} . inet_proto . inet_service` }, entries);
  const portMap = (
    name: string,
    comment: string,
    entries: (plan: ServicePlan) => readonly Entry<VerdictElement>[],
  ) => serviceMap({ name, comment, plans, type: 'inet_proto . inet_service' }, entries);
  return {
    clusterIps: {
      name: 'cluster-ips',
      type: addressType(family),
      comment: 'Active ClusterIPs',
      elements: gather(plans, clusterIpEntry),
    },
    serviceIps: map('service-ips', 'ClusterIP, ExternalIP and LoadBalancer IP traffic', serviceEntries),
    serviceNodePorts: portMap('service-nodeports', 'NodePort traffic', nodePortEntries),
    noEndpointServices: map(
      'no-endpoint-services',
      'vmap to drop or reject packets to services with no endpoints',
      deadEndEntries,
    ),
    noEndpointNodePorts: portMap(
      'no-endpoint-nodeports',
      'vmap to drop or reject packets to service nodeports with no endpoints',
      deadNodePortEntries,
    ),
    firewallIps: map(
      'firewall-ips',
      'destinations that are subject to LoadBalancerSourceRanges',
      firewallEntries,
    ),
  };
}

function serviceMap(
  about: {
    readonly name: string;
    readonly comment: string;
    readonly type: string;
    readonly plans: readonly ServicePlan[];
  },
  entries: (plan: ServicePlan) => readonly Entry<VerdictElement>[],
): VerdictMap {
  const { name, comment, type, plans } = about;
  return { name, comment, type: `${type} : verdict`, elements: gather(plans, entries) };
}

function gather<Element>(
  plans: readonly ServicePlan[],
  entries: (plan: ServicePlan) => readonly Entry<Element>[],
): ReadonlyMap<string, Element> {
  const elements = new Map<string, Element>();
  for (const plan of plans) {
    for (const [key, element] of entries(plan)) if (!elements.has(key)) elements.set(key, element);
  }
  return elements;
}

function clusterIpEntry({ port, clusterIp }: ServicePlan): readonly Entry<SetElement>[] {
  return [[setKey(clusterIp), { origin: portField(port) }]];
}

function serviceEntries(plan: ServicePlan): readonly Entry<VerdictElement>[] {
  const { port } = plan;
  const entry = (ip: Ip, to: 'service' | 'local' | 'external', from: readonly SourceRef[]) =>
    [keyAt(ip, plan), { target: toChain(to, port), origin: [...portField(port), ...from] }] as const;
  const internal = internalChain(plan);
  const inside = internal === undefined ? [] : [entry(plan.clusterIp, internal, [])];
  if (!plan.hasAny) return inside;
  const external = serviceField(port, 'spec', 'externalIPs');
  const balanced = serviceField(port, 'status', 'loadBalancer', 'ingress');
  return [
    ...inside,
    ...plan.externalIps.map((ip) => entry(ip, 'external', external)),
    ...plan.vips.map((ip) => entry(ip, 'external', balanced)),
  ];
}

function nodePortEntries({ port, hasAny }: ServicePlan): readonly Entry<VerdictElement>[] {
  if (port.nodePort === undefined || !hasAny) return [];
  const origin = portField(port, 'nodePort');
  return [[setKey(port.protocol, port.nodePort), { target: toChain('external', port), origin }]];
}

function deadEndEntries(plan: ServicePlan): readonly Entry<VerdictElement>[] {
  const { port } = plan;
  const internal = serviceField(port, 'spec', 'internalTrafficPolicy');
  const external = serviceField(port, 'spec', 'externalTrafficPolicy');
  const entry = portField(port);
  const outside = plan.hasExternal ? [] : [...plan.externalIps, ...plan.vips];
  return [
    ...(plan.hasInternal ? [] : [[keyAt(plan.clusterIp, plan), deadEnd(plan, entry, internal)] as const]),
    ...outside.map((ip) => [keyAt(ip, plan), deadEnd(plan, entry, external)] as const),
  ];
}

function deadNodePortEntries(plan: ServicePlan): readonly Entry<VerdictElement>[] {
  const { port } = plan;
  if (port.nodePort === undefined || plan.hasExternal) return [];
  const policy = serviceField(port, 'spec', 'externalTrafficPolicy');
  const element = deadEnd(plan, portField(port, 'nodePort'), policy);
  return [[setKey(port.protocol, port.nodePort), element]];
}

/** Refused where there is no endpoint at all; dropped where only this node has none for the policy. */
function deadEnd(
  { port, hasAny }: ServicePlan,
  entry: readonly SourceRef[],
  policy: readonly SourceRef[],
): VerdictElement {
  return {
    target: hasAny ? { kind: 'drop' } : { kind: 'goto', chain: 'reject-chain' },
    comment: port.key,
    verdictName: hasAny ? 'no-local-endpoint' : 'no-endpoints',
    origin: hasAny ? [...entry, ...policy] : entry,
  };
}

function firewallEntries(plan: ServicePlan): readonly Entry<VerdictElement>[] {
  if (!hasFirewall(plan)) return [];
  const { port } = plan;
  const origin = serviceField(port, 'spec', 'loadBalancerSourceRanges');
  const target = { kind: 'goto', chain: serviceChainName('firewall', port) } as const;
  return plan.vips.map((ip) => [keyAt(ip, plan), { target, origin }] as const);
}

function keyAt(ip: Ip, { port }: ServicePlan): string {
  return setKey(ip, port.protocol, port.port);
}
