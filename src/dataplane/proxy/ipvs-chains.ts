/**
 * The iptables rules of the IPVS mode: what is masqueraded, who may enter, and what of a virtual server's
 * address is no port of it. Source: kubernetes/kubernetes:pkg/proxy/ipvs/proxier.go writeIptablesRules,
 * iptablesJumpChain, ipsetWithIptablesChain.
 */

import { hostCidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import type { BaseRule, Chain, Match, Rule, TableName, Target } from '../../netfilter/ruleset.ts';
import type { KeyField, NamedSet } from '../../netfilter/sets.ts';
import type { IpvsSets, ServiceProtocol } from './ipvs-sets.ts';
import type { LocalDetector } from './local-detector.ts';
import { LOOPBACK } from './node-port-addresses.ts';
import { type ServicePlan, serviceField } from './service-plan.ts';

/** What the rules depend on beside the sets. */
export interface IpvsRulesContext {
  readonly family: 4 | 6;
  readonly mark: number;
  readonly masqueradeAll: boolean;
  readonly detector: LocalDetector | undefined;
  /** Load balancers whose source ranges leave the node out. */
  readonly closedToNode: readonly ServicePlan[];
}

type Draft = Omit<Rule, 'origin'>;

const DESTINATION: readonly KeyField[] = ['destination', 'protocol', 'destination-port'];
const DESTINATION_AND_SOURCE: readonly KeyField[] = [...DESTINATION, 'source'];
const SOURCE_AND_PORT: readonly KeyField[] = ['source', 'protocol', 'destination-port'];
const PORT: readonly KeyField[] = ['destination-port'];
const ACCEPT: Target = { kind: 'accept' };
const RETURN: Target = { kind: 'return' };
const DROP: Target = { kind: 'drop' };
const MARK: Target = { kind: 'jump', chain: 'KUBE-MARK-MASQ' };
const TO_LOCAL: Match = { kind: 'address-type', side: 'dst' };

/** nat KUBE-SERVICES. */
export function servicesChain(sets: IpvsSets, context: IpvsRulesContext): Chain {
  const toNodePort: Draft = { matches: [TO_LOCAL], target: { kind: 'jump', chain: 'KUBE-NODE-PORT' } };
  return chain('KUBE-SERVICES', [
    { matches: [{ kind: 'source', cidr: LOOPBACK[context.family].range }], target: RETURN },
    ...ifAny(sets.loadBalancer, DESTINATION, { kind: 'jump', chain: 'KUBE-LOAD-BALANCER' }),
    ...clusterIpRules(sets.clusterIp, context),
    ...ifAny(sets.externalIp, DESTINATION, MARK),
    ...externalIpRules(sets.externalIp),
    ...externalIpRules(sets.externalIpLocal),
    toNodePort,
    ...ifAny(sets.clusterIp, DESTINATION, ACCEPT).map(withoutComment),
    ...ifAny(sets.loadBalancer, DESTINATION, ACCEPT).map(withoutComment),
  ]);
}

/** The other chains of nat. */
export function natChains(sets: IpvsSets, { mark }: IpvsRulesContext): readonly Chain[] {
  const nodePorts = (['tcp', 'udp', 'sctp'] as const).flatMap((protocol) => [
    ...nodePortRule(sets.nodePortLocal[protocol], protocol, RETURN),
    ...nodePortRule(sets.nodePort[protocol], protocol, MARK),
  ]);
  return [
    chain('KUBE-LOAD-BALANCER', [
      ...ifAny(sets.loadBalancerLocal, DESTINATION, RETURN),
      { matches: [], target: MARK },
    ]),
    chain('KUBE-NODE-PORT', nodePorts),
    chain('KUBE-POSTROUTING', [
      ...ifAny(sets.loopBack, DESTINATION_AND_SOURCE, { kind: 'masquerade', randomFully: false }),
      { matches: [{ kind: 'mark', value: mark, mask: mark, not: true }], target: RETURN },
      { matches: [], target: { kind: 'mark-xor', bits: mark } },
      {
        matches: [],
        target: { kind: 'masquerade', randomFully: true },
        comment: 'kubernetes service traffic requiring SNAT',
      },
    ]),
    chain('KUBE-MARK-MASQ', [{ matches: [], target: { kind: 'mark-or', bits: mark } }]),
  ];
}

/** The chains of filter. */
export function filterChains(sets: IpvsSets, context: IpvsRulesContext): readonly Chain[] {
  const { mark, closedToNode } = context;
  const ranges = 'KUBE-SOURCE-RANGES-FIREWALL';
  const passes = [sets.loadBalancer, sets.clusterIp, sets.externalIp, sets.externalIpLocal];
  return [
    chain('KUBE-FORWARD', [
      {
        matches: [{ kind: 'mark', value: mark, mask: mark }],
        target: ACCEPT,
        comment: 'kubernetes forwarding rules',
      },
      {
        matches: [{ kind: 'conntrack-state', states: ['RELATED', 'ESTABLISHED'] }],
        target: ACCEPT,
        comment: 'kubernetes forwarding conntrack rule',
      },
    ]),
    chain('KUBE-NODE-PORT', [inSet(sets.healthCheckNodePort, PORT, ACCEPT)]),
    chain(
      'KUBE-PROXY-FIREWALL',
      ifAny(sets.loadBalancerFirewall, DESTINATION, { kind: 'jump', chain: ranges }),
    ),
    chain(ranges, [
      ...ifAny(sets.sourceCidr, DESTINATION_AND_SOURCE, RETURN),
      ...ifAny(sets.sourceIp, DESTINATION_AND_SOURCE, RETURN),
      { matches: [], target: DROP },
    ]),
    chain('KUBE-IPVS-FILTER', [
      ...passes.map((set) => withoutComment(inSet(set, DESTINATION, RETURN))),
      withoutComment(inSet(sets.healthCheckNodePort, PORT, RETURN)),
      {
        matches: [
          { kind: 'conntrack-state', states: ['NEW'] },
          { kind: 'set', set: sets.ipvsIps, key: ['destination'] },
        ],
        target: { kind: 'reject' },
      },
    ]),
    { name: 'KUBE-IPVS-OUT-FILTER', rules: closedToNode.flatMap(closedRules) },
  ];
}

/** In their effective order: kube-proxy puts each before the last. */
export function topLevelJumps(): readonly BaseRule[] {
  const access = 'kubernetes ipvs access filter';
  const firewall = 'kube-proxy firewall rules';
  const portals = 'kubernetes service portals';
  return [
    jump(['filter', 'input'], 'KUBE-IPVS-FILTER', access),
    jump(['filter', 'input'], 'KUBE-PROXY-FIREWALL', firewall),
    jump(['filter', 'input'], 'KUBE-NODE-PORT', 'kubernetes health check rules'),
    jump(['filter', 'forward'], 'KUBE-PROXY-FIREWALL', firewall),
    jump(['filter', 'forward'], 'KUBE-FORWARD', 'kubernetes forwarding rules'),
    jump(['filter', 'output'], 'KUBE-IPVS-OUT-FILTER', access),
    jump(['nat', 'prerouting'], 'KUBE-SERVICES', portals),
    jump(['nat', 'output'], 'KUBE-SERVICES', portals),
    jump(['nat', 'postrouting'], 'KUBE-POSTROUTING', 'kubernetes postrouting rules'),
  ];
}

/** Which packets to cluster addresses are masqueraded; without a detector those that a cluster address sends. */
function clusterIpRules(set: NamedSet, { masqueradeAll, detector }: IpvsRulesContext): readonly Draft[] {
  if (masqueradeAll) return ifAny(set, DESTINATION, MARK);
  if (detector === undefined) return ifAny(set, SOURCE_AND_PORT, MARK);
  return ifAny(set, DESTINATION, MARK).map((rule) => ({
    ...rule,
    matches: [...rule.matches, detector.isNotPod],
  }));
}

/** What comes from off the machine, and what is for an address of the node, goes no further in this chain. */
function externalIpRules(set: NamedSet): readonly Draft[] {
  const offMachine: readonly Match[] = [
    { kind: 'bridged', not: true },
    { kind: 'address-type', side: 'src', not: true },
  ];
  return [offMachine, [TO_LOCAL]].flatMap((where) =>
    ifAny(set, DESTINATION, ACCEPT).map((rule) => ({ ...rule, matches: [...rule.matches, ...where] })),
  );
}

function nodePortRule(set: NamedSet, protocol: ServiceProtocol, target: Target): readonly Draft[] {
  const key = protocol === 'sctp' ? DESTINATION : PORT;
  return ifAny(set, key, target).map((rule) => ({
    ...rule,
    matches: [{ kind: 'protocol', protocol } as const, ...rule.matches],
  }));
}

/** A node whose own address is its source there may not use the load balancer. */
function closedRules({ port, vips }: ServicePlan): readonly Rule[] {
  return vips.map((ip: Ip) => ({
    matches: [
      { kind: 'source', cidr: hostCidr(ip) },
      { kind: 'virtual-server', ip, protocol: port.protocol, port: port.port },
    ],
    target: DROP,
    origin: serviceField(port, 'spec', 'loadBalancerSourceRanges'),
  }));
}

/** kube-proxy leaves rules about empty sets out. */
function ifAny(set: NamedSet, key: readonly KeyField[], target: Target): readonly Draft[] {
  return set.elements.size === 0 ? [] : [inSet(set, key, target)];
}

function inSet(set: NamedSet, key: readonly KeyField[], target: Target): Draft {
  const matches: readonly Match[] = [{ kind: 'set', set, key }];
  return set.comment === undefined ? { matches, target } : { matches, target, comment: set.comment };
}

function withoutComment({ comment: _, ...rule }: Draft): Draft {
  return rule;
}

function chain(name: string, rules: readonly Draft[]): Chain {
  return { name, rules: rules.map((rule) => ({ ...rule, origin: [] })) };
}

function jump([table, hook]: readonly [TableName, BaseRule['hook']], to: string, comment: string): BaseRule {
  const rule: Rule = { matches: [], target: { kind: 'jump', chain: to }, comment, origin: [] };
  return { table, hook, rule, position: 'prepend' };
}
