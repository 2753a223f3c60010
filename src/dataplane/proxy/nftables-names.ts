/**
 * Names of the nftables mode that hold for every cluster, and those of a Service port's own chains.
 * Source: kubernetes/kubernetes:pkg/proxy/nftables/proxier.go.
 */

import type { Endpoint, ServicePort } from '../../control/service-port.ts';
import type { Target } from '../../netfilter/ruleset.ts';
import type { KeyField } from '../../netfilter/sets.ts';
import { nftablesEndpointName, nftablesServiceName, type ServicePortName } from './chain-names.ts';

/** Cluster-wide endpoints, local endpoints, entry from outside, source ranges. */
export type ServiceChain = 'service' | 'local' | 'external' | 'firewall';

type Goto = Extract<Target, { readonly kind: 'goto' }>;

export const MARK: Target = { kind: 'jump', chain: 'mark-for-masquerade' };
/** Address, protocol and port: the key of the maps of Services. */
export const SERVICE_KEY: readonly KeyField[] = ['destination', 'protocol', 'destination-port'];
/** Protocol and port: the key of the maps of node ports. */
export const NODE_PORT_KEY: readonly KeyField[] = ['protocol', 'destination-port'];

const bases = new WeakMap<ServicePort, string>();

/** The name of a Service port's chain: `service-ULMVA6XW-ns1/svc1/tcp/p80`. The same on every node. */
export function serviceChainName(kind: ServiceChain, port: ServicePort): string {
  const base = bases.get(port) ?? nftablesServiceName(nameOf(port));
  bases.set(port, base);
  return `${kind}-${base}`;
}

/** The chain of an endpoint of a Service port, or the set of the clients that it keeps. */
export function endpointName(kind: 'endpoint' | 'affinity', port: ServicePort, endpoint: Endpoint): string {
  return `${kind}-${nftablesEndpointName(nameOf(port), { ip: endpoint.ip.text, port: endpoint.port })}`;
}

/** The way into a chain of a Service port. */
export function toChain(kind: ServiceChain, port: ServicePort): Goto {
  return { kind: 'goto', chain: serviceChainName(kind, port) };
}

function nameOf({ service, portName, protocol }: ServicePort): ServicePortName {
  return { namespace: service.namespace, service: service.name, port: portName, protocol };
}
