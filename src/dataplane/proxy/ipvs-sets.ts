/**
 * The ipsets of the IPVS mode, which its iptables rules ask.
 * Source: kubernetes/kubernetes:pkg/proxy/ipvs/ipset.go, proxier.go syncProxyRules.
 */

import { groupByEach } from '../../collections/grouping.ts';
import { onceEach, onceFor } from '../../collections/once.ts';
import type { ServicePort } from '../../control/service-port.ts';
import { type Cidr, cidrContains } from '../../net/cidr.ts';
import type { Ip, IpFamily } from '../../net/ip.ts';
import type { Protocol } from '../../net/packet.ts';
import { type NamedSet, type SetElement, setKey } from '../../netfilter/sets.ts';
import { portField, type ServicePlan, serviceField } from './service-plan.ts';

/** The sets, each by what is in it. Their order is kube-proxy's (ipsetInfo). */
export interface IpvsSets {
  readonly loopBack: NamedSet;
  readonly clusterIp: NamedSet;
  readonly externalIp: NamedSet;
  readonly externalIpLocal: NamedSet;
  readonly loadBalancer: NamedSet;
  readonly loadBalancerFirewall: NamedSet;
  readonly loadBalancerLocal: NamedSet;
  readonly sourceIp: NamedSet;
  readonly sourceCidr: NamedSet;
  readonly nodePort: Readonly<Record<ServiceProtocol, NamedSet>>;
  readonly nodePortLocal: Readonly<Record<ServiceProtocol, NamedSet>>;
  readonly healthCheckNodePort: NamedSet;
  readonly ipvsIps: NamedSet;
}

export type ServiceProtocol = Exclude<Protocol, 'icmp'>;

/** What the sets are made of. */
export interface IpvsFacts {
  readonly family: IpFamily;
  readonly plans: readonly ServicePlan[];
  /** Name of the node whose sets these are. */
  readonly nodeName: string;
  readonly nodeIp: Ip | undefined;
  /** Addresses that node ports answer on. */
  readonly nodePortIps: readonly Ip[];
  /** Addresses that kube-ipvs0 holds. */
  readonly boundIps: ReadonlySet<Ip>;
}

const IP_PORT = 'hash:ip,port';
/** Longest name that the kernel takes. */
const NAME_LENGTH = 31;

/** All sets, in the order in which kube-proxy makes them. */
export function listSets(sets: IpvsSets): readonly NamedSet[] {
  const { nodePort, nodePortLocal, healthCheckNodePort, ipvsIps, ...others } = sets;
  const byProtocol = (['tcp', 'udp', 'sctp'] as const).flatMap((protocol) => [
    nodePort[protocol],
    nodePortLocal[protocol],
  ]);
  return [...Object.values(others), ...byProtocol, healthCheckNodePort, ipvsIps];
}

/** The sets of a node. Most are the same on every node that has these plans. */
export function ipvsSets(facts: IpvsFacts): IpvsSets {
  const { sourceCidr, healthCheckNodePort, ...ofServices } = sharedSets(facts.plans)(facts.family);
  return {
    loopBack: loopBackSet(facts),
    ...ofServices,
    sourceIp: sourceIpSet(facts),
    sourceCidr,
    nodePort: nodePortSets(facts, ''),
    nodePortLocal: nodePortSets(facts, 'LOCAL-'),
    healthCheckNodePort,
    ipvsIps: {
      name: setName('IPVS-IPS', facts.family),
      type: 'hash:ip',
      comment: 'Addresses on the ipvs interface',
      elements: boundElements(facts.boundIps),
    },
  };
}

/** What the sets are made of that are the same on every node. */
type SharedFacts = Pick<IpvsFacts, 'plans' | 'family'>;

const sharedSets = onceFor((plans: readonly ServicePlan[]) =>
  onceEach((family: IpFamily) => setsOfServices({ plans, family })),
);

function setsOfServices(facts: SharedFacts) {
  return {
    clusterIp: setOf(facts, TEXTS.clusterIp, (plan) => [at(plan.clusterIp, plan)]),
    ...externalSets(facts),
    ...loadBalancerSets(facts),
    sourceCidr: sourceCidrSet(facts),
    healthCheckNodePort: setOf(facts, TEXTS.healthCheckNodePort, ({ port }) =>
      port.healthCheckNodePort === undefined
        ? []
        : [[setKey(port.healthCheckNodePort), { origin: serviceField(port, 'spec', 'healthCheckNodePort') }]],
    ),
  };
}

const boundElements = onceFor(
  (ips: ReadonlySet<Ip>) => new Map([...ips].map((ip) => [setKey(ip), { origin: [] }])),
);

type SetText = readonly [name: string, type: string, comment: string];

/** Name, type and comment of the sets whose entries are read off a plan. */
const TEXTS = {
  loopBack: [
    'LOOP-BACK',
    'hash:ip,port,ip',
    'Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose',
  ],
  clusterIp: ['CLUSTER-IP', IP_PORT, 'Kubernetes service cluster ip + port for masquerade purpose'],
  externalIp: [
    'EXTERNAL-IP',
    IP_PORT,
    'Kubernetes service external ip + port for masquerade and filter purpose',
  ],
  externalIpLocal: [
    'EXTERNAL-IP-LOCAL',
    IP_PORT,
    'Kubernetes service external ip + port with externalTrafficPolicy=local',
  ],
  loadBalancer: ['LOAD-BALANCER', IP_PORT, 'Kubernetes service lb portal'],
  loadBalancerFirewall: [
    'LOAD-BALANCER-FW',
    IP_PORT,
    'Kubernetes service load balancer ip + port for load balancer with sourceRange',
  ],
  loadBalancerLocal: [
    'LOAD-BALANCER-LOCAL',
    IP_PORT,
    'Kubernetes service load balancer ip + port with externalTrafficPolicy=local',
  ],
  sourceIp: [
    'LOAD-BALANCER-SOURCE-IP',
    'hash:ip,port,ip',
    'Kubernetes service load balancer ip + port + source IP for packet filter purpose',
  ],
  healthCheckNodePort: ['HEALTH-CHECK-NODE-PORT', 'bitmap:port', 'Kubernetes health check node port'],
} satisfies Readonly<Record<string, SetText>>;

function setOf(
  { plans, family }: SharedFacts,
  [name, type, comment]: SetText,
  entries: (plan: ServicePlan) => readonly (readonly [string, SetElement])[],
): NamedSet {
  const elements = new Map<string, SetElement>();
  for (const plan of plans) for (const [key, element] of entries(plan)) elements.set(key, element);
  return { name: setName(name, family), type, comment, elements };
}

function externalSets(facts: SharedFacts): Pick<IpvsSets, 'externalIp' | 'externalIpLocal'> {
  const of = (text: SetText, isLocal: boolean) =>
    setOf(facts, text, (plan) =>
      plan.externalLocal === isLocal ? plan.externalIps.map((ip) => at(ip, plan)) : [],
    );
  return { externalIp: of(TEXTS.externalIp, false), externalIpLocal: of(TEXTS.externalIpLocal, true) };
}

function loadBalancerSets(
  facts: SharedFacts,
): Pick<IpvsSets, 'loadBalancer' | 'loadBalancerFirewall' | 'loadBalancerLocal'> {
  const of = (text: SetText, isIn: (plan: ServicePlan) => boolean) =>
    setOf(facts, text, (plan) => (isIn(plan) ? plan.vips.map((ip) => at(ip, plan)) : []));
  return {
    loadBalancer: of(TEXTS.loadBalancer, () => true),
    loadBalancerFirewall: of(TEXTS.loadBalancerFirewall, (plan) => plan.sourceRanges.length > 0),
    loadBalancerLocal: of(TEXTS.loadBalancerLocal, (plan) => plan.externalLocal),
  };
}

function sourceIpSet(facts: IpvsFacts): NamedSet {
  return setOf(facts, TEXTS.sourceIp, (plan) =>
    isNodeAllowed(plan, facts.nodeIp)
      ? plan.vips.map((ip) => [setKey(ip, plan.port.protocol, plan.port.port, ip), rangesOf(plan)])
      : [],
  );
}

/** May the node itself use a load balancer's address? */
export function isNodeAllowed({ sourceRanges }: ServicePlan, nodeIp: Ip | undefined): boolean {
  return nodeIp !== undefined && sourceRanges.some((range) => cidrContains(range, nodeIp));
}

/** Endpoints of the node, whatever their state, each to itself. */
function loopBackSet(facts: IpvsFacts): NamedSet {
  const { plans, nodeName, family } = facts;
  const plansHere = plansByNode(plans).get(nodeName) ?? [];
  return setOf({ ...facts, plans: plansHere }, TEXTS.loopBack, ({ port }) =>
    port.endpoints
      .filter(({ ip, node }) => ip.family === family && node === nodeName)
      .map((endpoint): readonly [string, SetElement] => [
        setKey(endpoint.ip, port.protocol, endpoint.port, endpoint.ip),
        { origin: endpoint.origin === undefined ? portField(port) : [endpoint.origin] },
      ]),
  );
}

/** The plans that have an endpoint on a node, in their order. */
const plansByNode = onceFor((plans: readonly ServicePlan[]) =>
  groupByEach(plans, ({ port }) => new Set(port.endpoints.flatMap(({ node }) => node ?? []))),
);

function at(ip: Ip, { port }: ServicePlan): readonly [string, SetElement] {
  return [setKey(ip, port.protocol, port.port), { origin: portField(port) }];
}

function rangesOf({ port }: ServicePlan): SetElement {
  return { origin: serviceField(port, 'spec', 'loadBalancerSourceRanges') };
}

/** Address and port of a load balancer, and the ranges that may use it. */
function sourceCidrSet({ plans, family }: SharedFacts): NamedSet {
  const elements = new Map<string, SetElement>();
  const ranges = new Map<string, readonly Cidr[]>();
  for (const plan of plans) {
    if (plan.sourceRanges.length === 0) continue;
    for (const ip of plan.vips) {
      const key = setKey(ip, plan.port.protocol, plan.port.port);
      ranges.set(key, plan.sourceRanges);
      for (const { text } of plan.sourceRanges) elements.set(`${key} . ${text}`, rangesOf(plan));
    }
  }
  return {
    name: setName('LOAD-BALANCER-SOURCE-CIDR', family),
    type: 'hash:ip,port,net',
    comment: 'Kubernetes service load balancer ip + port + source cidr for packet filter purpose',
    elements,
    ranges,
  };
}

function nodePortSets(facts: IpvsFacts, local: '' | 'LOCAL-'): Readonly<Record<ServiceProtocol, NamedSet>> {
  const purpose = local === '' ? 'for masquerade purpose' : 'with externalTrafficPolicy=local';
  const sctpPorts = facts.plans.filter(
    ({ port, externalLocal }) =>
      port.protocol === 'sctp' && port.nodePort !== undefined && (local === '' || externalLocal),
  );
  const bitmap = (protocol: 'tcp' | 'udp'): NamedSet => ({
    name: setName(`NODE-PORT-${local}${protocol.toUpperCase()}`, facts.family),
    type: 'bitmap:port',
    comment: `Kubernetes nodeport ${protocol.toUpperCase()} port ${purpose}`,
    elements: bitmapElements(facts, protocol, local),
  });
  return {
    tcp: bitmap('tcp'),
    udp: bitmap('udp'),
    sctp: {
      name: setName(`NODE-PORT-${local}SCTP-HASH`, facts.family),
      type: IP_PORT,
      comment: `Kubernetes nodeport SCTP port ${purpose} with type 'hash ip:port'`,
      elements: new Map(
        sctpPorts.flatMap(({ port }) =>
          facts.nodePortIps.map((ip) => [setKey(ip, 'sctp', port.nodePort ?? 0), nodePortElement(port)]),
        ),
      ),
    },
  };
}

function bitmapElements(
  { plans, nodePortIps }: IpvsFacts,
  protocol: ServiceProtocol,
  local: '' | 'LOCAL-',
): NamedSet['elements'] {
  return nodePortIps.length === 0 ? new Map() : nodePortElements(plans)(`${local}${protocol}`);
}

/** By `tcp`, `LOCAL-tcp`…: the same on every node that has addresses for node ports. */
const nodePortElements = onceFor((plans: readonly ServicePlan[]) =>
  onceEach((key: string): NamedSet['elements'] => {
    const meant = plans.filter(
      ({ port, externalLocal }) =>
        port.nodePort !== undefined &&
        (key === port.protocol || (externalLocal && key === `LOCAL-${port.protocol}`)),
    );
    return new Map(meant.map(({ port }) => [nodePortText(port), nodePortElement(port)]));
  }),
);

function nodePortText({ nodePort = 0 }: ServicePort): string {
  return setKey(nodePort);
}

function nodePortElement(port: ServicePort): SetElement {
  return { origin: portField(port, 'nodePort') };
}

/** `KUBE-CLUSTER-IP`, `KUBE-6-CLUSTER-IP`, cut to what the kernel takes. */
function setName(name: string, family: IpFamily): string {
  return family === 4 ? `KUBE-${name}` : `KUBE-6-${name}`.slice(0, NAME_LENGTH);
}
