/** What the parts of the iptables mode share. */

import type { ServicePort } from '../../control/service-port.ts';
import { hostCidr } from '../../net/cidr.ts';
import type { Ip } from '../../net/ip.ts';
import type { Protocol } from '../../net/packet.ts';
import type { Match, Target } from '../../netfilter/ruleset.ts';
import type { ProxyInput } from '../service-proxy.ts';
import { iptablesServiceHash } from './chain-names.ts';
import { type LocalDetector, localDetectorOf } from './local-detector.ts';

/** The node's setting; undefined parts are not configured. */
export interface IptablesContext {
  readonly detector: LocalDetector | undefined;
  readonly masqueradeAll: boolean;
  /** kube-proxy's --node-ip. */
  readonly nodeIp: Ip | undefined;
  /** More than 1,000 endpoints: rules about endpoints go without comments. */
  readonly isLargeCluster: boolean;
}

/** Source: kubernetes/kubernetes:pkg/proxy/iptables/proxier.go largeClusterEndpointsThreshold. */
const LARGE_CLUSTER_ENDPOINTS = 1000;

export const MARK_MASQ: Target = { kind: 'jump', chain: 'KUBE-MARK-MASQ' };

const hashes = new WeakMap<ServicePort, string>();

/** Cluster-wide endpoints, local endpoints, entry from outside, source ranges. */
export type ServiceChain = 'SVC' | 'SVL' | 'EXT' | 'FW';

/** The name of a Service port's chain: `KUBE-SVC-…`. The hash is the same on every node. */
export function serviceChainName(kind: ServiceChain, port: ServicePort): string {
  const hash = hashes.get(port) ?? iptablesServiceHash(port.key, port.protocol);
  hashes.set(port, hash);
  return `KUBE-${kind}-${hash}`;
}

/** The jump to a chain of a Service port. */
export function toChain(kind: ServiceChain, port: ServicePort): Target {
  return { kind: 'jump', chain: serviceChainName(kind, port) };
}

/** The bit of the packet mark that asks for masquerade. */
export function masqueradeMark(input: ProxyInput): number {
  return (1 << input.profile.masqueradeBit) >>> 0;
}

/** What the rules of this node depend on beside the Services. */
export function contextOf(input: ProxyInput): IptablesContext {
  const ofFamily = ({ endpoints }: ServicePort) => endpoints.filter(({ ip }) => ip.family === input.family);
  const endpoints = input.servicePorts.reduce((sum, port) => sum + ofFamily(port).length, 0);
  return {
    detector: localDetectorOf(input),
    masqueradeAll: input.profile.masqueradeAll,
    nodeIp: input.node.primaryAddresses.find((ip) => ip.family === input.family),
    isLargeCluster: endpoints > LARGE_CLUSTER_ENDPOINTS,
  };
}

/** `-m tcp -p tcp -d ADDRESS --dport PORT`; without an address, any. */
export function toPort(protocol: Protocol, port: number, address?: Ip): readonly Match[] {
  const destination: readonly Match[] =
    address === undefined ? [] : [{ kind: 'destination', cidr: hostCidr(address) }];
  return [{ kind: 'protocol', protocol }, ...destination, { kind: 'destination-port', port }];
}
